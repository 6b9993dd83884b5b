(* The mode of the depth weights: theorem 1 and lemma 4 at finite depth        *)
(*                                                                            *)
(* Ids         T3.1 - T3.4, T3.8 - T3.12, T3.16 - T3.20                       *)
(* Reference   Littwin, Wolf (2016), equation (16), theorem 1, lemma 4.       *)
(* Notation    p            depth; path lengths are r = 1 .. p                *)
(*             b            the paper's beta, b > 0                           *)
(*             eps p b r    C(p-1, r-1) b ^ r, the weight of length r before  *)
(*                          it is normalised; 0 at r = 0 and at r > p         *)
(*             is_mode p b m   m - 1 = floor (b p / (1 + b)), written by two  *)
(*                          inequalities: m is the LAST argmax of eps p b     *)
From mathcomp Require Import all_ssreflect all_algebra.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import GRing.Theory Num.Theory Order.TTheory.
Local Open Scope ring_scope.

Section Weights.

Variable K : realFieldType.
Implicit Types (p r s m k : nat) (b : K).

Definition eps p b r : K := if r is k.+1 then 'C(p.-1, k)%:R * b ^+ r else 0.

Lemma eps_ge0 p b r : 0 < b -> 0 <= eps p b r.
Proof. by move=> b0; case: r => //= r; rewrite mulr_ge0 ?ler0n ?exprn_ge0 ?ltW. Qed.

Lemma eps_gt0 p b r : 0 < b -> (0 < r <= p)%N -> 0 < eps p b r.
Proof.
case: r p => [|k] [|q] //= b0; rewrite ltnS => kq.
by rewrite mulr_gt0 ?exprn_gt0 // ltr0n bin_gt0.
Qed.

Lemma eps_large p b r : (0 < p < r)%N -> eps p b r = 0.
Proof. by case: r p => [|k] [|q] //=; rewrite ltnS => qk; rewrite bin_small ?mul0r. Qed.

Lemma eps_ratio p b r :
  (0 < r)%N -> eps p b r.+1 * r%:R = b * (p - r)%:R * eps p b r.
Proof.
case: r => // k _ /=.
have -> : (p - k.+1 = p.-1 - k)%N by rewrite -subn1 -subnDA add1n.
rewrite mulrAC -natrM [('C(_, _) * _)%N]mulnC mul_bin_left natrM (exprS _ k.+1).
by rewrite mulrACA [_ * b]mulrC !mulrA.
Qed.

Section Fixed.

Variables (p : nat) (b : K).
Hypothesis b_gt0 : 0 < b.

Lemma one_b_gt0 : 0 < 1 + b.
Proof. exact: addr_gt0 ltr01 b_gt0. Qed.

Lemma threshold r :
  (r <= p)%N -> (r%:R <= b * (p - r)%:R) = (r%:R * (1 + b) <= b * p%:R).
Proof. by move=> rp; rewrite natrB // mulrBr ler_subr_addr mulrDr mulr1 (mulrC b r%:R). Qed.

Lemma threshold_eq r :
  (r <= p)%N -> (r%:R == b * (p - r)%:R) = (r%:R * (1 + b) == b * p%:R).
Proof.
by move=> rp; rewrite natrB // mulrBr eq_sym subr_eq eq_sym mulrDr mulr1 (mulrC b r%:R).
Qed.

Theorem eps_le_succ r :
  (0 < r < p)%N -> (eps p b r <= eps p b r.+1) = (r%:R * (1 + b) <= b * p%:R).
Proof.
move=> /andP[r0 rp]; have er : 0 < eps p b r by rewrite eps_gt0 // r0 ltnW.
have r1 : 0 < r%:R :> K by rewrite ltr0n.
rewrite -[LHS](ler_pmul2r r1) eps_ratio // mulrC ler_pmul2r //.
by rewrite threshold // ltnW.
Qed.

Theorem eps_eq_succ r :
  (0 < r < p)%N -> (eps p b r == eps p b r.+1) = (r%:R * (1 + b) == b * p%:R).
Proof.
move=> /andP[r0 rp]; have er : 0 < eps p b r by rewrite eps_gt0 // r0 ltnW.
have r_neq0 : r%:R != 0 :> K by rewrite pnatr_eq0 -lt0n.
rewrite -[LHS](inj_eq (mulIf r_neq0)) eps_ratio // mulrC (inj_eq (mulIf (lt0r_neq0 er))).
by rewrite threshold_eq // ltnW.
Qed.

Definition is_mode m := (m.-1%:R * (1 + b) <= b * p%:R) && (b * p%:R < m%:R * (1 + b)).

Lemma is_mode_range m : (0 < p)%N -> is_mode m -> (0 < m <= p)%N.
Proof.
move=> p0 /andP[lo hi]; apply/andP; split.
  rewrite lt0n; apply/eqP => m0; move: hi; rewrite m0 mul0r ltNge.
  by rewrite mulr_ge0 ?ler0n ?ltW.
rewrite leqNgt; apply/negP => pm; have pm1 : (p <= m.-1)%N by case: m pm {lo hi}.
have: p%:R * (1 + b) <= b * p%:R.
  by apply: le_trans lo; rewrite ler_pmul2r ?one_b_gt0 ?ler_nat.
by rewrite mulrDr mulr1 (mulrC b) ger_addr lern0 eqn0Ngt p0.
Qed.

Theorem is_mode_unique m1 m2 : is_mode m1 -> is_mode m2 -> m1 = m2.
Proof.
have half n1 n2 : is_mode n1 -> is_mode n2 -> (n2 <= n1)%N.
  move=> /andP[_ hi] /andP[lo _]; have := le_lt_trans lo hi.
  by rewrite ltr_pmul2r ?one_b_gt0 // ltr_nat; case: n2 {lo}.
by move=> m1P m2P; apply/eqP; rewrite eqn_leq !half.
Qed.

Section Unimodal.

Variable m : nat.
Hypotheses (p_gt0 : (0 < p)%N) (mP : is_mode m).

Let m_gt0 : (0 < m)%N. Proof. by case/andP: (is_mode_range p_gt0 mP). Qed.
Let m_le : (m <= p)%N. Proof. by case/andP: (is_mode_range p_gt0 mP). Qed.

Theorem eps_incr r s : (0 < r)%N -> (r <= s <= m)%N -> eps p b r <= eps p b s.
Proof.
move=> r0 /andP[/subnKC <-]; elim: (s - r)%N => [|d IHd]; first by rewrite addn0.
rewrite addnS => rdm; apply: le_trans (IHd (ltnW rdm)) _.
rewrite eps_le_succ ?(leq_trans _ m_le) ?addn_gt0 ?r0 //.
case/andP: mP => lo _; apply: le_trans lo; rewrite ler_pmul2r ?one_b_gt0 //.
by rewrite ler_nat; case: (m) rdm.
Qed.

Lemma eps_step r : (m <= r < p)%N -> eps p b r.+1 < eps p b r.
Proof.
move=> /andP[mr rp]; rewrite ltNge eps_le_succ ?(leq_trans m_gt0) ?rp //.
rewrite -ltNge; case/andP: mP => _ hi; apply: lt_le_trans hi _.
by rewrite ler_pmul2r ?one_b_gt0 ?ler_nat.
Qed.

Theorem eps_decr r s : (m <= r < s)%N -> (s <= p)%N -> eps p b s < eps p b r.
Proof.
move=> /andP[mr /subnKC <-]; elim: (s - r.+1)%N => [|d IHd].
  by rewrite addn0 => rp; rewrite eps_step ?mr.
rewrite addnS => rdp; apply: lt_trans (IHd (ltnW rdp)).
by rewrite eps_step // rdp andbT (leq_trans mr) // addSn -addnS leq_addr.
Qed.

Theorem eps_lt_mode r : (m < r)%N -> eps p b r < eps p b m.
Proof.
move=> mr; case: (leqP r p) => rp; first by rewrite eps_decr ?leqnn.
by rewrite eps_large ?p_gt0 // eps_gt0 ?m_gt0.
Qed.

Theorem eps_le_mode r : eps p b r <= eps p b m.
Proof.
case: (leqP r m) => [rm|mr]; last exact/ltW/eps_lt_mode.
case: r rm => [_|r rm]; first by rewrite eps_ge0.
by rewrite eps_incr ?rm ?leqnn.
Qed.

Theorem sqr_eps_le_mode r : eps p b r ^+ 2 <= eps p b m ^+ 2.
Proof. by rewrite ler_sqr ?nnegrE ?eps_ge0 // eps_le_mode. Qed.

Theorem sqr_eps_lt_mode r : (m < r)%N -> eps p b r ^+ 2 < eps p b m ^+ 2.
Proof. by move=> mr; rewrite ltr_sqr ?nnegrE ?eps_ge0 // eps_lt_mode. Qed.

Theorem mode_tie :
  (1 < m)%N -> (eps p b m.-1 == eps p b m) = (m.-1%:R * (1 + b) == b * p%:R).
Proof.
case: (m) m_le => // k kp; rewrite ltnS /= => k0.
by rewrite eps_eq_succ // k0.
Qed.

(* Theorem 1 of the paper with its rate: the mode over p tends to b / (1 + b). *)
Theorem mode_rate : `|m%:R / p%:R - b / (1 + b)| <= p%:R^-1.
Proof.
have p0 : 0 < p%:R :> K by rewrite ltr0n.
have b1 := one_b_gt0; have p_neq0 := lt0r_neq0 p0; have b_neq0 := lt0r_neq0 b1.
have -> : m%:R / p%:R - b / (1 + b) = (m%:R * (1 + b) - b * p%:R) / (p%:R * (1 + b)).
  by rewrite -mulNr addf_div // mulNr.
have -> : p%:R^-1 = (1 + b) / (p%:R * (1 + b)) :> K by rewrite invfM mulrCA divff ?mulr1.
case/andP: mP => lo hi; rewrite ger0_norm ?ler_pmul2r ?invr_gt0 ?mulr_gt0 //; last first.
  by rewrite divr_ge0 ?mulr_ge0 ?ltW // subr_gt0.
rewrite ler_subl_addr -ler_subl_addl; apply: le_trans lo.
rewrite -{2}[1 + b]mul1r -mulrBl ler_pmul2r //.
by rewrite -[m in m%:R - 1](prednK m_gt0) mulrSr addrK.
Qed.

End Unimodal.

(* Lemma 4 of the paper: which lengths are an argmax, ties included. *)
Theorem argmaxP k :
  (0 < k <= p)%N ->
  (forall r, eps p b r <= eps p b k) <->
  (k.-1%:R * (1 + b) <= b * p%:R) /\ (b * p%:R <= k%:R * (1 + b)).
Proof.
move=> /andP[k0 kp]; have p0 : (0 < p)%N := leq_trans k0 kp; split=> [kmax|[lo]].
  split.
    case: k k0 kp kmax => [|[|k]] //= _ kp kmax; first by rewrite mul0r mulr_ge0 ?ler0n ?ltW.
    by rewrite -eps_le_succ ?kp.
  case: (ltngtP k p) kp => // [kp _|-> _]; last first.
    by rewrite mulrC ler_wpmul2l ?ler0n // ler_addr ler01.
  rewrite leNgt; apply/negP => hi.
  move: (kmax k.+1); rewrite leNgt => /negP; apply.
  rewrite lt_neqAle eps_le_succ ?k0 // (ltW hi) andbT eps_eq_succ ?k0 //.
  by rewrite lt_eqF.
rewrite le_eqVlt => /orP[/eqP tie|hi] r; last by rewrite eps_le_mode // /is_mode lo hi.
have kp1 : (k < p)%N.
  rewrite ltn_neqAle kp andbT; apply/eqP => kp'; move/eqP: tie.
  by rewrite kp' mulrDr mulr1 (mulrC b) eq_sym -subr_eq0 addrK pnatr_eq0 eqn0Ngt p0.
have -> : eps p b k = eps p b k.+1 by apply/eqP; rewrite eps_eq_succ ?k0 // tie.
by rewrite eps_le_mode // /is_mode /= -tie lexx tie ltr_pmul2r ?one_b_gt0 // ltr_nat leqnn.
Qed.

End Fixed.

Theorem mode_surj p k :
  (0 < k <= p)%N -> exists2 b : K, 0 < b & is_mode p b k.
Proof.
move=> /andP[k0 kp]; pose h : K := 2%:R^-1; pose x := k%:R - h; pose y := p%:R - x.
have h0 : 0 < h by rewrite invr_gt0 ltr0n.
have h1 : h < 1 by rewrite invf_lt1 ?ltr0n // ltr1n.
have k1 : 1 <= k%:R :> K by rewrite ler1n.
have x0 : 0 < x by rewrite subr_gt0 (lt_le_trans h1).
have y0 : 0 < y.
  by rewrite subr_gt0 (lt_le_trans (_ : x < k%:R)) ?ler_nat // ltr_subl_addr ltr_addl.
have p0 : 0 < p%:R :> K by rewrite ltr0n (leq_trans k0).
exists (x / y); first by rewrite divr_gt0.
have -> : is_mode p (x / y) k = (k.-1%:R <= x) && (x < k%:R).
  have yN : y != 0 by apply: lt0r_neq0.
  have oneE : 1 + x / y = p%:R / y by rewrite -{1}(divff yN) -mulrDl /y subrK.
  have yp : 0 < p%:R / y by rewrite divr_gt0.
  by rewrite /is_mode oneE [x / y * _]mulrAC -mulrA ler_pmul2r // ltr_pmul2r.
rewrite /x ltr_subl_addr ltr_addl h0 andbT -[k in _ <= k%:R - _](prednK k0).
by rewrite mulrSr -addrA ler_addl subr_ge0 ltW.
Qed.

End Weights.

(* In an archimedean field the mode exists: the floor is a natural number. *)
Theorem mode_exists (K : archiFieldType) p (b : K) :
  0 < b -> exists m, is_mode p b m.
Proof.
move=> b0; have b1 : 0 < 1 + b := addr_gt0 ltr01 b0.
have x0 : 0 <= b * p%:R / (1 + b) by rewrite divr_ge0 ?mulr_ge0 ?ler0n ?ltW.
have big : exists m, b * p%:R < m%:R * (1 + b).
  by exists (Num.bound (b * p%:R / (1 + b))); rewrite -ltr_pdivr_mulr ?archi_boundP.
case: (ex_minnP big) => m mbig mmin; exists m; rewrite /is_mode mbig andbT leNgt.
case: m mbig mmin => [|m] /= mbig mmin; first by rewrite mul0r -leNgt mulr_ge0 ?ler0n ?ltW.
by apply/negP => /mmin; rewrite ltnn.
Qed.
