(() => {
  'use strict';
  const get = (id) => document.getElementById(id);
  const form = get('filters');
  const claims = [...document.querySelectorAll('details.claim')].map((details) => {
    const row = get('row-' + details.id);
    return { details, row, words: (row.textContent + ' ' + details.textContent).toLowerCase() };
  });

  const filter = () => {
    const paper = get('paper').value;
    const verdicts = [...form.elements.verdict].filter((box) => box.checked).map((box) => box.value);
    const surprises = get('surprises').checked;
    const words = get('words').value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const claim of claims) {
      const data = claim.row.dataset;
      const show = (paper === '' || data.paper === paper)
        && verdicts.includes(data.verdict)
        && (!surprises || data.surprise === 'yes')
        && words.every((word) => claim.words.includes(word));
      claim.row.hidden = claim.details.hidden = !show;
      shown += show ? 1 : 0;
    }
    get('count').textContent = shown + ' of ' + claims.length + ' claims shown';
  };

  const openTarget = () => {
    const target = location.hash && get(decodeURIComponent(location.hash.slice(1)));
    if (target && target.matches('details.claim')) {
      if (target.hidden) {
        form.reset();
        filter();
      }
      target.open = true;
      target.scrollIntoView();
      target.querySelector('summary').focus({ preventScroll: true });
    }
  };

  form.hidden = get('folds').hidden = false;
  form.addEventListener('input', filter);
  form.addEventListener('submit', (event) => event.preventDefault());
  form.addEventListener('reset', () => setTimeout(filter));
  get('open-all').addEventListener('click', () => claims.forEach((claim) => { claim.details.open = true; }));
  get('close-all').addEventListener('click', () => claims.forEach((claim) => { claim.details.open = false; }));
  addEventListener('hashchange', openTarget);
  document.querySelector('#verdicts table').addEventListener('click', (event) => {
    const link = event.target.closest('a');
    if (link && link.hash === location.hash) openTarget();
  });

  let opened = [];
  addEventListener('beforeprint', () => {
    opened = [...document.querySelectorAll('details')].filter((details) => !details.open);
    opened.forEach((details) => { details.open = true; });
  });
  addEventListener('afterprint', () => {
    opened.forEach((details) => { details.open = false; });
    opened = [];
  });

  const theme = get('theme');
  const root = document.documentElement;
  const system = matchMedia('(prefers-color-scheme: dark)');
  const dark = () => (root.dataset.theme ? root.dataset.theme === 'dark' : system.matches);
  const name = () => { theme.textContent = dark() ? 'Light theme' : 'Dark theme'; };
  theme.hidden = false;
  theme.addEventListener('click', () => {
    root.dataset.theme = dark() ? 'light' : 'dark';
    name();
  });
  system.addEventListener('change', name);
  name();
  filter();
  openTarget();
})();
