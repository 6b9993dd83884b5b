(* The number of critical points of finite index: theorem 5 of the paper       *)
(*                                                                            *)
(* Ids         T5.1 - T5.7                                                    *)
(* Reference   Littwin, Wolf (2016), equation (31), theorem 5; the closed form *)
(*             itself is Auffinger, Ben Arous (2013), taken as the definition. *)
(* Notation    complexity q   ln q / 2 - (q - 1) / (q + 1)                    *)
(*             a r            weight eps_r ^ 2 of order r, a r >= 0, r = 0 .. p *)
(*             nu1 p a, nu2 p a   sums of r (a r) and of r (r-1) (a r)        *)
(*             ratio p a      nu2 / nu1, the q of the complexity              *)
(* Caveat      for q < 1 complexity q is negative and counts nothing.         *)
From Coq Require Import Reals Lra Lia.
From mathcomp Require Import all_ssreflect.
From Hessian Require Import Sums.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Local Open Scope R_scope.

Definition complexity (q : R) : R := ln q / 2 - (q - 1) / (q + 1).

Definition dcomplexity (q : R) : R := (q - 1) ^ 2 / (2 * q * (q + 1) ^ 2).

Lemma complexity_derive q : 0 < q -> derivable_pt_lim complexity q (dcomplexity q).
Proof.
move=> q0.
have -> : dcomplexity q = / q / 2 - (1 * (q + 1) - 1 * (q - 1)) / Rsqr (q + 1).
  by rewrite /dcomplexity /Rsqr; field; lra.
apply: derivable_pt_lim_minus.
  rewrite (_ : / q / 2 = / 2 * / q); last by field; lra.
  have lnq := derivable_pt_lim_scal ln (/ 2) q (/ q) (derivable_pt_lim_ln q q0).
  move=> e e0; case: (lnq e e0) => d dP; exists d => h h0 hd.
  by have := dP h h0 hd; rewrite /mult_real_fct /Rdiv !(Rmult_comm (/ 2)).
apply: derivable_pt_lim_div; last by lra.
  rewrite (_ : 1 = 1 - 0); last by ring.
  by apply: derivable_pt_lim_minus; [exact: derivable_pt_lim_id|exact: derivable_pt_lim_const].
rewrite {2}(_ : 1 = 1 + 0); last by ring.
by apply: derivable_pt_lim_plus; [exact: derivable_pt_lim_id|exact: derivable_pt_lim_const].
Qed.

Lemma dcomplexity_gt0 q : 0 < q -> q <> 1 -> 0 < dcomplexity q.
Proof.
move=> q0 q1; apply: Rdiv_lt_0_compat; first by rewrite -Rsqr_pow2; apply: Rsqr_pos_lt; lra.
by apply: Rmult_lt_0_compat; [lra|apply: pow_lt; lra].
Qed.

Theorem complexity_incr x y : 0 < x -> x < y -> complexity x < complexity y.
Proof.
have side u v : 0 < u -> u < v -> v <= 1 \/ 1 <= u -> complexity u < complexity v.
  move=> u0 uv uv1; have deriv c : u <= c <= v -> derivable_pt_lim complexity c (dcomplexity c).
    by move=> cuv; apply: complexity_derive; lra.
  case: (MVT_cor2 complexity dcomplexity u v uv deriv) => c [diff cuv].
  have c_pos : 0 < dcomplexity c by apply: dcomplexity_gt0; lra.
  have : 0 < dcomplexity c * (v - u) by apply: Rmult_lt_0_compat; lra.
  lra.
move=> x0 xy; case: (Rle_lt_dec y 1) => y1; first by apply: side => //; left.
case: (Rle_lt_dec 1 x) => x1; first by apply: side => //; right.
apply: (@Rlt_trans _ (complexity 1)); apply: side; lra.
Qed.

Lemma complexity_1 : complexity 1 = 0.
Proof. by rewrite /complexity ln_1; field. Qed.

Theorem complexity_eq0 q : 0 < q -> complexity q = 0 <-> q = 1.
Proof.
move=> q0; split=> [cq|->]; last exact: complexity_1.
case: (Rtotal_order q 1) => [q1|[//|q1]].
  by have := complexity_incr q0 q1; rewrite complexity_1; lra.
by have := complexity_incr Rlt_0_1 q1; rewrite complexity_1; lra.
Qed.

Theorem complexity_ge0 q : 1 <= q -> 0 <= complexity q.
Proof.
case=> [q1|<-]; last by rewrite complexity_1; lra.
by have := complexity_incr Rlt_0_1 q1; rewrite complexity_1; lra.
Qed.

Lemma complexity_le x y : 0 < x -> x <= y -> complexity x <= complexity y.
Proof. by move=> x0 [xy|<-]; [left; exact: complexity_incr|right]. Qed.

Lemma complexity_inj x y : 0 < x -> 0 < y -> complexity x = complexity y -> x = y.
Proof.
move=> x0 y0 fxy; case: (Rtotal_order x y) => [xy|[//|yx]].
  by have := complexity_incr x0 xy; lra.
by have := complexity_incr y0 yx; lra.
Qed.

Section Mixture.

Variables (p : nat) (a : nat -> R).

Definition nu1 : R := \rsum_(r < p.+1) (INR r * a r).
Definition nu2 : R := \rsum_(r < p.+1) (INR r * (INR r - 1) * a r).
Definition ratio : R := nu2 / nu1.

Hypothesis a_ge0 : forall r, 0 <= a r.
Hypothesis nu1_gt0 : 0 < nu1.

Definition gap r := a r * (INR r * (INR p - INR r)).

Lemma gap_sum : (INR p - 1) * nu1 - nu2 = \rsum_(r < p.+1) gap r.
Proof.
rewrite /nu1 /nu2 -rsum_scal -rsum_sub; apply: eq_bigr => r _; rewrite /gap; ring.
Qed.

Lemma gap_ge0 (r : 'I_p.+1) : 0 <= gap r.
Proof.
have rp : (r <= p)%coq_nat by apply/leP; rewrite -ltnS.
apply: Rmult_le_pos => //; apply: Rmult_le_pos; first exact: pos_INR.
have := le_INR _ _ rp; lra.
Qed.

Theorem ratio_le : ratio <= INR p - 1.
Proof.
have : 0 <= (INR p - 1) * nu1 - nu2 by rewrite gap_sum; apply: rsum_ge0 => r _; apply: gap_ge0.
move=> diff; apply: (Rmult_le_reg_r nu1) => //; rewrite /ratio /Rdiv Rmult_assoc Rinv_l; lra.
Qed.

Theorem ratio_eq : ratio = INR p - 1 <-> (forall r, (0 < r < p)%N -> a r = 0).
Proof.
have nu1N : nu1 <> 0 by lra.
have -> : ratio = INR p - 1 <-> \rsum_(r < p.+1) gap r = 0.
  rewrite -gap_sum /ratio; split=> [eq|eq].
    by rewrite -eq; field.
  have -> : nu2 = (INR p - 1) * nu1 by lra.
  by field.
split=> [gap0 r /andP[r0 rp]|a0].
  have := rsum_eq0 gap_ge0 gap0 (Ordinal (leq_trans rp (leqnSn p))); rewrite /gap /=.
  have r1 : 0 < INR r by apply: lt_0_INR; apply/ltP.
  have pr : 0 < INR p - INR r by have := lt_INR _ _ (ltP rp); lra.
  move=> /Rmult_integral[//|]; have := Rmult_lt_0_compat _ _ r1 pr; lra.
apply: big1 => r _; rewrite /gap; case: (posnP r) => [->|r0] /=; first by ring.
case: (ltngtP r p) (ltn_ord r) => [rp _|pr|-> _]; last by ring.
  by rewrite a0 ?r0 //; ring.
by rewrite ltnS leqNgt pr.
Qed.

(* Theorem 5: a mixture has strictly fewer critical points of finite index
   than the pure model of its largest order. *)
Theorem mixture_lt_pure r :
  0 < ratio -> (0 < r < p)%N -> 0 < a r -> complexity ratio < complexity (INR p - 1).
Proof.
move=> q0 rp ar; apply: complexity_incr => //.
case: ratio_le => // /ratio_eq a0; move: ar; rewrite a0 //; lra.
Qed.

Theorem theorem5 : 0 < ratio ->
  complexity ratio <= complexity (INR p - 1) /\
  (complexity ratio = complexity (INR p - 1) <-> forall r, (0 < r < p)%N -> a r = 0).
Proof.
move=> q0; have p1 : 0 < INR p - 1 by have := ratio_le; lra.
split; first exact: complexity_le q0 ratio_le.
rewrite -ratio_eq; split=> [|-> //]; exact: complexity_inj.
Qed.

End Mixture.
