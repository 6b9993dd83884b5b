(* Mean depth, its monotonicity in beta, and concentration: theorem 2          *)
(*                                                                            *)
(* Ids         T3.5 - T3.7, T3.13 - T3.15                                     *)
(* Reference   Littwin, Wolf (2016), equation (16), theorem 2.                *)
(* Notation    eps p b r    C(p-1, r-1) b ^ r, as in Mode.v                   *)
(*             mass p b     sum of eps p b r over r = 1 .. p                  *)
(*             moment p b   sum of r * eps p b r                              *)
(*             mass2, moment2   the same for (eps p b r) ^ 2                  *)
From mathcomp Require Import all_ssreflect all_algebra ring.
From Hessian Require Import Mode.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import GRing.Theory Num.Theory Order.TTheory.
Local Open Scope ring_scope.

(* Binomial weights C(q, k) b ^ k and their first two factorial moments. *)
Section Binomial.

Variables (K : fieldType) (b : K).

Definition binw q k : K := 'C(q, k)%:R * b ^+ k.

Lemma sum_binw q : \sum_(k < q.+1) binw q k = (1 + b) ^+ q.
Proof. by rewrite addrC exprD1n; apply: eq_bigr => k _; rewrite /binw mulr_natl. Qed.

Lemma sum_mul_binw q (g : nat -> K) :
  \sum_(k < q.+2) k%:R * binw q.+1 k * g k =
    q.+1%:R * b * \sum_(k < q.+1) binw q k * g k.+1.
Proof.
rewrite big_ord_recl !mul0r add0r big_distrr; apply: eq_bigr => k _ /=.
rewrite /binw /bump /= add1n exprS mulrA -natrM -mul_bin_diag natrM /=.
by ring.
Qed.

Lemma binomial_mean q :
  (1 + b) * (\sum_(k < q.+1) k%:R * binw q k) = q%:R * b * (1 + b) ^+ q.
Proof.
case: q => [|q]; first by rewrite big_ord1 !mul0r mulr0.
have := sum_mul_binw q (fun=> 1); rewrite (eq_bigr (fun k : 'I__ => k%:R * binw q.+1 k)).
  move=> ->; rewrite (eq_bigr (fun k : 'I__ => binw q k)) => [|k _]; last by rewrite mulr1.
  by rewrite sum_binw exprS mulrCA.
by move=> k _; rewrite mulr1.
Qed.

Lemma binomial_second q :
  (1 + b) ^+ 2 * (\sum_(k < q.+1) k%:R * binw q k * (k%:R - 1)) =
    q%:R * (q%:R - 1) * b ^+ 2 * (1 + b) ^+ q.
Proof.
case: q => [|q]; first by rewrite big_ord1 !mul0r mulr0.
rewrite (sum_mul_binw q (fun k => k%:R - 1)) (eq_bigr (fun k : 'I__ => k%:R * binw q k)) => [|k _]; last first.
  by rewrite mulrC mulrSr addrK.
have meanE := binomial_mean q; set s1 := (\sum_(k < q.+1) _) in meanE *.
transitivity (q.+1%:R * b * (1 + b) * ((1 + b) * s1)); first by ring.
by rewrite meanE (exprS _ q) mulrSr; ring.
Qed.

Lemma binomial_variance q :
  \sum_(k < q.+1) ((1 + b) * k%:R - q%:R * b) ^+ 2 * binw q k = q%:R * b * (1 + b) ^+ q.
Proof.
pose s0 := \sum_(k < q.+1) binw q k; pose s1 := \sum_(k < q.+1) k%:R * binw q k.
pose s2 := \sum_(k < q.+1) k%:R * binw q k * (k%:R - 1).
transitivity ((1 + b) ^+ 2 * s2 + (1 + b) * (1 + b - 2%:R * (q%:R * b)) * s1 + (q%:R * b) ^+ 2 * s0).
  by rewrite !big_distrr -!big_split; apply: eq_bigr => k _ /=; ring.
have -> : (1 + b) * (1 + b - 2%:R * (q%:R * b)) * s1 =
          (1 + b - 2%:R * (q%:R * b)) * ((1 + b) * s1) by ring.
by rewrite binomial_second binomial_mean /s0 sum_binw; ring.
Qed.

End Binomial.

Section Mean.

Variable K : realFieldType.
Implicit Types (p r s : nat) (b c : K).

Definition mass p b : K := \sum_(1 <= r < p.+1) eps p b r.
Definition moment p b : K := \sum_(1 <= r < p.+1) r%:R * eps p b r.
Definition mass2 p b : K := \sum_(1 <= r < p.+1) eps p b r ^+ 2.
Definition moment2 p b : K := \sum_(1 <= r < p.+1) r%:R * eps p b r ^+ 2.

Lemma sum_lengths p (F : nat -> K) :
  \sum_(1 <= r < p.+1) F r = \sum_(k < p) F k.+1.
Proof. by rewrite big_add1 big_mkord. Qed.

Lemma eps_binw p b k : eps p b k.+1 = b * binw b p.-1 k.
Proof. by rewrite /eps /binw exprS mulrCA. Qed.

Lemma mass_closed p b : (0 < p)%N -> mass p b = b * (1 + b) ^+ p.-1.
Proof.
case: p => // q _; rewrite /mass sum_lengths -sum_binw big_distrr.
by apply: eq_bigr => k _; rewrite eps_binw.
Qed.

Theorem mean_depth p b :
  (0 < p)%N -> 0 < b -> moment p b / mass p b = 1 + p.-1%:R * (b / (1 + b)).
Proof.
case: p => // q _ b0; have b1 : 0 < 1 + b := addr_gt0 ltr01 b0.
have [b0' b1'] := (lt0r_neq0 b0, lt0r_neq0 b1); rewrite mass_closed //=.
have bq : (1 + b) ^+ q != 0 by rewrite expf_neq0.
have -> : moment q.+1 b = b * (\sum_(k < q.+1) k%:R * binw b q k + (1 + b) ^+ q).
  rewrite /moment sum_lengths -sum_binw -big_split big_distrr.
  by apply: eq_bigr => k _; rewrite eps_binw mulrSr /=; ring.
have -> : \sum_(k < q.+1) k%:R * binw b q k = q%:R * b * (1 + b) ^+ q / (1 + b).
  by rewrite -binomial_mean mulrC mulKf.
by field; rewrite b0' b1' bq.
Qed.

Theorem mean_depth_strict p b c :
  (1 < p)%N -> 0 < b -> b < c -> moment p b / mass p b < moment p c / mass p c.
Proof.
move=> p1 b0 bc; have c0 := lt_trans b0 bc; have p0 := ltnW p1.
have p1' : 0 < p.-1%:R :> K by rewrite ltr0n; case: p p1 {p0} => [|[]].
have [b1 c1] := (addr_gt0 ltr01 b0, addr_gt0 ltr01 c0).
rewrite !mean_depth // ltr_add2l ltr_pmul2l // ltr_pdivr_mulr // mulrAC.
by rewrite ltr_pdivl_mulr // !mulrDr !mulr1 (mulrC c b) ltr_add2r.
Qed.

(* T3.7: an exponential family has a mean that grows with its parameter. *)
Lemma cross_power (a : nat -> K) b c r s :
  (forall i, 0 <= a i) -> 0 <= b -> b <= c ->
  0 <= a r * a s * ((r%:R - s%:R) * (c ^+ r * b ^+ s - b ^+ r * c ^+ s)).
Proof.
move=> a0 b0 bc; have c0 := le_trans b0 bc.
have low i j : (i <= j)%N -> c ^+ i * b ^+ j <= b ^+ i * c ^+ j.
  move=> /subnKC <-; rewrite !exprD mulrCA ler_wpmul2l ?exprn_ge0 //.
  by rewrite ler_wpmul2l ?exprn_ge0 // ler_expn2r.
apply: mulr_ge0; first exact: mulr_ge0.
case/orP: (leq_total r s) => rs; last first.
  by rewrite mulr_ge0 ?subr_ge0 ?ler_nat // mulrC [leRHS]mulrC low.
by rewrite mulr_le0 ?subr_le0 ?ler_nat ?low.
Qed.

Theorem mean_mono n (a : nat -> K) b c :
  (forall r, 0 <= a r) -> 0 <= b -> b <= c ->
  (\sum_(r < n) r%:R * (a r * b ^+ r)) * (\sum_(r < n) a r * c ^+ r) <=
  (\sum_(r < n) r%:R * (a r * c ^+ r)) * (\sum_(r < n) a r * b ^+ r).
Proof.
move=> a0 b0 bc; rewrite -subr_ge0; set D := (X in 0 <= X).
pose G (r s : nat) := a r * a s * (c ^+ r * b ^+ s - b ^+ r * c ^+ s).
have DE : D = \sum_(r < n) \sum_(s < n) r%:R * G r s.
  rewrite /D !big_distrl -sumrB; apply: eq_bigr => r _ /=.
  by rewrite !big_distrr -sumrB; apply: eq_bigr => s _ /=; rewrite /G; ring.
have DE' : D = \sum_(r < n) \sum_(s < n) - s%:R * G r s.
  rewrite DE exchange_big; apply: eq_bigr => r _; apply: eq_bigr => s _ /=.
  by rewrite /G; ring.
rewrite -(pmulr_rge0 D (ltr0n K 2)) mulr2n mulrDl mul1r {1}DE DE' -big_split.
apply: sumr_ge0 => r _; rewrite -big_split; apply: sumr_ge0 => s _ /=.
rewrite -mulrDl /G mulrCA; exact: cross_power.
Qed.

Theorem mean_depth_sqr_mono p b c :
  0 < b -> b <= c -> moment2 p b * mass2 p c <= moment2 p c * mass2 p b.
Proof.
move=> b0 bc; pose a r : K := if r is k.+1 then 'C(p.-1, k)%:R ^+ 2 else 0.
have a0 r : 0 <= a r by case: r => //= r; rewrite exprn_ge0 ?ler0n.
have aE d r : a r * (d ^+ 2) ^+ r = eps p d r ^+ 2.
  case: r => [|r]; first by rewrite mul0r expr0n.
  by rewrite [RHS]exprMn exprAC.
have massE d : \sum_(r < p.+1) a r * (d ^+ 2) ^+ r = mass2 p d.
  rewrite /mass2 sum_lengths big_ord_recl mul0r add0r.
  by apply: eq_bigr => r _; apply: aE.
have momentE d : \sum_(r < p.+1) r%:R * (a r * (d ^+ 2) ^+ r) = moment2 p d.
  rewrite /moment2 sum_lengths big_ord_recl mul0r add0r.
  by apply: eq_bigr => r _; rewrite aE.
have c0 := lt_le_trans b0 bc.
have bc2 : b ^+ 2 <= c ^+ 2 by rewrite ler_expn2r ?nnegrE // ltW.
have := mean_mono p.+1 a0 (exprn_ge0 2 (ltW b0)) bc2.
by rewrite !massE !momentE.
Qed.

End Mean.

(* Theorem 2 of the paper at finite p: the share of eps ^ 2 far from the mode. *)
Section Concentration.

Variable K : realFieldType.
Implicit Types (p r : nat) (b d t : K).

Lemma sum_sqr_le (I : finType) (P : pred I) (w : I -> K) :
  (forall i, 0 <= w i) -> \sum_(i | P i) w i ^+ 2 <= (\sum_(i | P i) w i) ^+ 2.
Proof.
move=> w0; rewrite expr2 big_distrl; apply: ler_sum => i Pi /=.
rewrite expr2 ler_wpmul2l // (bigD1 i) //= ler_addl; exact: sumr_ge0.
Qed.

Lemma sqr_sum_le n (w : nat -> K) :
  (\sum_(i < n) w i) ^+ 2 <= n%:R * (\sum_(i < n) w i ^+ 2).
Proof.
case: n => [|n]; first by rewrite !big_ord0 expr0n mul0r.
set s := \sum_(i < n.+1) w i; pose m : K := n.+1%:R.
have m0 : 0 < m by rewrite ltr0n.
have : 0 <= \sum_(i < n.+1) (m * w i - s) ^+ 2 by apply: sumr_ge0 => i _; apply: sqr_ge0.
have -> : \sum_(i < n.+1) (m * w i - s) ^+ 2 = m * (m * (\sum_(i < n.+1) w i ^+ 2) - s ^+ 2).
  transitivity (m ^+ 2 * (\sum_(i < n.+1) w i ^+ 2) - 2%:R * m * s * s
                + \sum_(i < n.+1) s ^+ 2); last first.
    by rewrite sumr_const card_ord -[s ^+ 2 *+ _]mulr_natl -/m; ring.
  have <- : \sum_(i < n.+1) 2%:R * m * s * w i = 2%:R * m * s * s by rewrite -big_distrr.
  by rewrite big_distrr -sumrB -big_split; apply: eq_bigr => i _ /=; ring.
by rewrite pmulr_rge0 // subr_ge0.
Qed.

Definition far p b t r := t <= `|(1 + b) * r.-1%:R - p.-1%:R * b|.

Lemma chebyshev q b t :
  0 < b -> 0 <= t ->
  t ^+ 2 * (\sum_(k < q.+1 | far q.+1 b t k.+1) binw b q k) <= q%:R * b * (1 + b) ^+ q.
Proof.
move=> b0 t0; rewrite -binomial_variance big_distrr [leRHS](bigID (fun k : 'I__ => far q.+1 b t k.+1)) /=.
have w0 k : 0 <= binw b q k by rewrite mulr_ge0 ?ler0n ?exprn_ge0 ?ltW.
rewrite -[leLHS]addr0 ler_add //; last first.
  by apply: sumr_ge0 => k _; rewrite mulr_ge0 ?sqr_ge0.
apply: ler_sum => k kfar; rewrite ler_wpmul2r // -[leRHS]real_normK ?num_real //.
by rewrite ler_expn2r ?nnegrE.
Qed.

Theorem concentration p b t :
  (0 < p)%N -> 0 < b -> 0 <= t ->
  t ^+ 4 * (\sum_(1 <= r < p.+1 | far p b t r) eps p b r ^+ 2) <=
    p%:R * (p.-1%:R * b) ^+ 2 * mass2 p b.
Proof.
case: p => // q _ b0 t0; rewrite /mass2 sum_lengths big_add1 big_mkord /=.
have w0 k : 0 <= binw b q k by rewrite mulr_ge0 ?ler0n ?exprn_ge0 ?ltW.
have epsE (P : pred 'I_q.+1) :
    \sum_(k < q.+1 | P k) ('C(q, k)%:R * b ^+ k.+1) ^+ 2 =
    b ^+ 2 * (\sum_(k < q.+1 | P k) binw b q k ^+ 2).
  rewrite big_distrr; apply: eq_bigr => k _ /=; rewrite -exprMn; congr (_ ^+ 2).
  by rewrite exprS mulrCA.
rewrite !epsE {epsE} mulrCA [leRHS]mulrCA ler_pmul2l ?exprn_gt0 //.
set out := \sum_(k < q.+1 | _) _.
have out_le : out <= (\sum_(k < q.+1 | far q.+1 b t k.+1) binw b q k) ^+ 2.
  exact: sum_sqr_le.
have cheb := chebyshev q b0 t0; set o1 := \sum_(k < q.+1 | _) _ in out_le cheb.
have o0 : 0 <= o1 by apply: sumr_ge0.
have b0' := ltW b0; have b1 : 0 <= 1 + b by rewrite addr_ge0 ?ler01.
apply: (@le_trans _ _ ((t ^+ 2 * o1) ^+ 2)).
  by rewrite exprMn -exprM ler_wpmul2l ?exprn_ge0.
apply: (@le_trans _ _ ((q%:R * b * (1 + b) ^+ q) ^+ 2)).
  by rewrite ler_expn2r ?nnegrE ?mulr_ge0 ?exprn_ge0 ?ler0n.
rewrite exprMn [leRHS]mulrAC mulrC ler_wpmul2r ?exprn_ge0 ?mulr_ge0 ?ler0n //.
by rewrite -sum_binw; apply: sqr_sum_le.
Qed.

(* The share at distance d p + 1 or more from p b / (1 + b) is at most
   1 / (16 d ^ 4 p): it tends to 0, which is the statement of theorem 2. *)
Theorem theorem2_rate p b d :
  (0 < p)%N -> 0 < b -> 0 < d ->
  \sum_(1 <= r < p.+1 | d * p%:R + 1 <= `|r%:R - p%:R * (b / (1 + b))|) eps p b r ^+ 2
    <= (16%:R * d ^+ 4 * p%:R)^-1 * mass2 p b.
Proof.
move=> p0 b0 d0; have b1 : 0 < 1 + b := addr_gt0 ltr01 b0.
have pK : 0 < p%:R :> K by rewrite ltr0n.
pose t := d * p%:R * (1 + b); have t0 : 0 < t by rewrite !mulr_gt0.
have sub : \sum_(1 <= r < p.+1 | d * p%:R + 1 <= `|r%:R - p%:R * (b / (1 + b))|) eps p b r ^+ 2
    <= \sum_(1 <= r < p.+1 | far p b t r) eps p b r ^+ 2.
  rewrite big_nat_cond [leRHS]big_nat_cond big_mkcond [leRHS]big_mkcond /=.
  apply: ler_sum => r _; case: ifP => [/andP[/andP[r1 rp] rfar]|_]; last first.
    by case: ifP => // _; apply: sqr_ge0.
  rewrite r1 rp /=; suff -> : far p b t r by [].
  rewrite /far /t; set u := (1 + b) * _ - _.
  have uE : u = (1 + b) * (r%:R - p%:R * (b / (1 + b)) - (1 + b)^-1).
    rewrite /u -[r in RHS](prednK r1) -[p in RHS](prednK p0) !mulrSr; field.
    exact: lt0r_neq0.
  rewrite uE normrM (gtr0_norm b1) mulrC ler_pmul2l //.
  apply: le_trans (ler_sub_dist _ _); rewrite ler_subr_addr; apply: le_trans rfar.
  by rewrite ler_add2l gtr0_norm ?invr_gt0 // invf_le1 // ler_addl ltW.
apply: (le_trans sub); rewrite mulrC ler_pdivl_mulr ?mulr_gt0 ?exprn_gt0 ?ltr0n //.
have m0 : 0 <= mass2 p b by apply: sumr_ge0 => r _; apply: sqr_ge0.
have main := concentration p0 b0 (ltW t0); set out := \sum_(1 <= r < p.+1 | _) _ in main *.
have out0 : 0 <= out by apply: sumr_ge0 => r _; apply: sqr_ge0.
have t4 : 0 < (p%:R * (1 + b)) ^+ 4 by rewrite exprn_gt0 ?mulr_gt0.
have q_le : (p.-1%:R * b) ^+ 2 * 16%:R <= p%:R ^+ 2 * (1 + b) ^+ 4.
  have -> : 16%:R = 4%:R ^+ 2 :> K by rewrite -natrX.
  rewrite -exprMn [X in _ <= _ * X](exprM _ 2 2) -exprMn ler_expn2r ?nnegrE //.
  - by rewrite !mulr_ge0 ?ler0n ?ltW.
  - by rewrite mulr_ge0 ?exprn_ge0 ?ler0n ?ltW.
  have b4 : 0 <= b * 4%:R by rewrite mulr_ge0 ?ler0n // ltW.
  rewrite -mulrA; apply: ler_pmul; rewrite ?ler0n ?ler_nat ?leq_pred //.
  rewrite -subr_ge0; have -> : (1 + b) ^+ 2 - b * 4%:R = (1 - b) ^+ 2 by ring.
  exact: sqr_ge0.
rewrite -(ler_pmul2l t4).
have -> : (p%:R * (1 + b)) ^+ 4 * (out * (16%:R * d ^+ 4 * p%:R)) = 16%:R * p%:R * (t ^+ 4 * out).
  by rewrite /t; ring.
apply: (@le_trans _ _ (16%:R * p%:R * (p%:R * (p.-1%:R * b) ^+ 2 * mass2 p b))).
  by rewrite ler_pmul2l // mulr_gt0 ?ltr0n.
have -> : 16%:R * p%:R * (p%:R * (p.-1%:R * b) ^+ 2 * mass2 p b) =
    p%:R ^+ 2 * mass2 p b * ((p.-1%:R * b) ^+ 2 * 16%:R) by ring.
have -> : (p%:R * (1 + b)) ^+ 4 * mass2 p b =
    p%:R ^+ 2 * mass2 p b * (p%:R ^+ 2 * (1 + b) ^+ 4) by ring.
by rewrite ler_wpmul2l // mulr_ge0 ?exprn_ge0 ?ler0n.
Qed.

End Concentration.
