"""Expected total numbers of critical points by the trapezoidal rule in 60 digits, for
tests/oracles/kac_rice.rs: `python3 tests/oracles/kac_rice.py` (needs mpmath)."""
from mpmath import mp, mpf, sqrt, exp, pi, erf
mp.dps = 60

def total(q, n):
    q = mpf(q); d = (q - 1) / (q + 1)
    end = sqrt((1 + q) / q) * (sqrt(mpf(n)) + 9); end = max(end, sqrt(mpf(2*n)) + 12)
    h = mpf(1) / 40 if n > 20 else mpf(1) / 60
    phi0 = [pi ** (-mpf(1)/4)]
    before = mpf(0)
    for j in range(n):
        phi0.append(-sqrt(mpf(j)/(j+1)) * (phi0[j-1] if j else 0))
    # int phi_even
    def value(x):
        p = [pi ** (-mpf(1)/4) * exp(-x*x/2)]
        for j in range(n):
            p.append(sqrt(mpf(2)/(j+1)) * x * p[j] - (sqrt(mpf(j)/(j+1)) * p[j-1] if j else 0))
        s = sum(v*v for v in p[:n])
        if n % 2 == 0:
            a = pi ** (-mpf(1)/4) * sqrt(pi/2) * erf(x/sqrt(mpf(2)))   # int_0^x phi_0
            for j in range(1, n, 2):
                a = sqrt(mpf(j)/(j+1)) * a - sqrt(mpf(2)/(j+1)) * (p[j] - phi0[j])
            return s + sqrt(mpf(n)/2) * p[n-1] * a
        t = sqrt(mpf(2)) * p[0]
        i = sqrt(mpf(2)) * pi ** (mpf(1)/4)
        for j in range(2, n, 2):
            t = sqrt(mpf(j)/(j+1)) * t + sqrt(mpf(2)/(j+1)) * p[j]
        for j in range(1, n-1, 2):
            i = sqrt(mpf(j)/(j+1)) * i
        return s - sqrt(mpf(n)/2) * p[n-1] * t + p[n-1] / i
    m = int(end / h)
    acc = value(mpf(0)) / 2
    for k in range(1, m + 1):
        x = k * h
        acc += value(x) * exp(-d * x * x / 2)
    return 2*sqrt(mpf(2)) * q**(mpf(n)/2) / sqrt(1+q) * 2 * h * acc

for q, n in [(2, 3), (2, 6), ('0.5', 40), (5, 41), (99, 30), (9999, 20), (2, 100), (2, 199), (3, 200), ('0.01', 25), ('1.05', 60)]:
    print(q, n, mp.nstr(total(q, n), 17), flush=True)
