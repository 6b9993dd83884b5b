(* The complexity grows with the residual strength beta: figure 1(f)           *)
(*                                                                            *)
(* Ids         T11.1 - T11.5                                                  *)
(* Reference   Littwin, Wolf (2016), figure 1(f) and theorem 5.               *)
(* Notation    tilt a b r     a r * b ^ r, a family of weights in b           *)
(*             epsR p b r     C(p-1, r-1) b ^ r in R, 0 at r = 0              *)
(*             weights p b r  (epsR p b r) ^ 2: the paper's mixture, up to a  *)
(*                            common factor that the ratio does not see       *)
From Coq Require Import Reals Lra Lia.
From mathcomp Require Import all_ssreflect.
From Hessian Require Import Sums FiniteIndex.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Local Open Scope R_scope.

Definition tilt (a : nat -> R) (b : R) (r : nat) : R := a r * b ^ r.

Lemma pow_lt_mono b c n : 0 < b -> b < c -> b ^ n.+1 < c ^ n.+1.
Proof.
move=> b0 bc; elim: n => [|n IHn]; first by rewrite !pow_1.
change (b * b ^ n.+1 < c * c ^ n.+1); apply: Rmult_le_0_lt_compat => //; first lra.
by apply: pow_le; lra.
Qed.

(* One pair of orders, larger one first. *)
Lemma pair_gt0 b c r s :
  0 < b -> b < c -> (s < r)%N -> 0 < c ^ r * b ^ s - b ^ r * c ^ s.
Proof.
move=> b0 bc sr; have -> : (r = s + (r - s.+1).+1)%N by rewrite addnS -addSn subnKC.
set n := (r - s.+1)%N; rewrite -plusE !pow_add.
have -> : c ^ s * c ^ n.+1 * b ^ s - b ^ s * b ^ n.+1 * c ^ s =
          b ^ s * c ^ s * (c ^ n.+1 - b ^ n.+1) by ring.
apply: Rmult_lt_0_compat; last by have := pow_lt_mono n b0 bc; lra.
by apply: Rmult_lt_0_compat; apply: pow_lt; lra.
Qed.

Lemma pair_sign b c r s :
  0 < b -> b < c ->
  (r <> s -> 0 < (INR r - INR s) * (c ^ r * b ^ s - b ^ r * c ^ s)) /\
  0 <= (INR r - INR s) * (c ^ r * b ^ s - b ^ r * c ^ s).
Proof.
move=> b0 bc; case: (ltngtP r s) => [rs|sr|->].
- have pos : 0 < (INR r - INR s) * (c ^ r * b ^ s - b ^ r * c ^ s).
    rewrite (_ : _ * _ = (INR s - INR r) * (c ^ s * b ^ r - b ^ s * c ^ r)); last by ring.
    apply: Rmult_lt_0_compat; last exact: pair_gt0.
    by have := lt_INR _ _ (ltP rs); lra.
  by split; lra.
- have pos : 0 < (INR r - INR s) * (c ^ r * b ^ s - b ^ r * c ^ s).
    apply: Rmult_lt_0_compat; last exact: pair_gt0.
    by have := lt_INR _ _ (ltP sr); lra.
  by split; lra.
- by rewrite Rminus_diag_eq // Rmult_0_l; split => //; lra.
Qed.

Section Tilt.

Variables (p : nat) (a : nat -> R) (b c : R).
Hypothesis a_ge0 : forall r, 0 <= a r.
Hypotheses (b_gt0 : 0 < b) (bc : b < c).

Definition cross r s :=
  INR r * INR s * (a r * a s) * ((INR r - INR s) * (c ^ r * b ^ s - b ^ r * c ^ s)).

Lemma cross_ge0 r s : 0 <= cross r s.
Proof.
apply: Rmult_le_pos; last by case: (pair_sign r s b_gt0 bc).
by apply: Rmult_le_pos; apply: Rmult_le_pos => //; apply: pos_INR.
Qed.

Lemma cross_sum :
  2 * (nu2 p (tilt a c) * nu1 p (tilt a b) - nu2 p (tilt a b) * nu1 p (tilt a c)) =
    \rsum_(r < p.+1) \rsum_(s < p.+1) cross r s.
Proof.
pose G (r s : nat) :=
  INR r * (INR r - 1) * INR s * (a r * a s) * (c ^ r * b ^ s - b ^ r * c ^ s).
have DE : nu2 p (tilt a c) * nu1 p (tilt a b) - nu2 p (tilt a b) * nu1 p (tilt a c) =
    \rsum_(r < p.+1) \rsum_(s < p.+1) G r s.
  rewrite /nu2 !big_distrl -rsum_sub; apply: eq_bigr => r _ /=.
  rewrite /nu1 !big_distrr -rsum_sub; apply: eq_bigr => s _ /=.
  by rewrite /tilt /G; ring.
rewrite RIneq.double DE {1}exchange_big -rsum_split; apply: eq_bigr => r _ /=.
by rewrite -rsum_split; apply: eq_bigr => s _; rewrite /G /cross; ring.
Qed.

Lemma nu1_ge0 d : 0 < d -> 0 <= nu1 p (tilt a d).
Proof.
move=> d0; apply: rsum_ge0 => r _; apply: Rmult_le_pos; first exact: pos_INR.
by apply: Rmult_le_pos => //; apply: pow_le; lra.
Qed.

Lemma ratio_cross :
  0 < nu1 p (tilt a b) -> 0 < nu1 p (tilt a c) ->
  ratio p (tilt a c) - ratio p (tilt a b) =
    (nu2 p (tilt a c) * nu1 p (tilt a b) - nu2 p (tilt a b) * nu1 p (tilt a c)) /
    (nu1 p (tilt a c) * nu1 p (tilt a b)).
Proof. by move=> nb nc; rewrite /ratio; field; lra. Qed.

Hypotheses (nu1_b : 0 < nu1 p (tilt a b)) (nu1_c : 0 < nu1 p (tilt a c)).

Theorem ratio_mono : ratio p (tilt a b) <= ratio p (tilt a c).
Proof.
suff : 0 <= ratio p (tilt a c) - ratio p (tilt a b) by lra.
rewrite ratio_cross //; apply: Rmult_le_pos; last first.
  by left; apply: Rinv_0_lt_compat; apply: Rmult_lt_0_compat.
suff : 0 <= \rsum_(r < p.+1) \rsum_(s < p.+1) cross r s by rewrite -cross_sum; lra.
by apply: rsum_ge0 => r _; apply: rsum_ge0 => s _; apply: cross_ge0.
Qed.

Theorem ratio_strict r s :
  (0 < r <= p)%N -> (0 < s <= p)%N -> r <> s -> 0 < a r -> 0 < a s ->
  ratio p (tilt a b) < ratio p (tilt a c).
Proof.
move=> /andP[r0 rp] /andP[s0 sp] rs ar a_s.
suff : 0 < ratio p (tilt a c) - ratio p (tilt a b) by lra.
rewrite ratio_cross //; apply: Rdiv_lt_0_compat; last exact: Rmult_lt_0_compat.
suff : 0 < \rsum_(r < p.+1) \rsum_(s < p.+1) cross r s by rewrite -cross_sum; lra.
have [r1 s1] : (r < p.+1)%N /\ (s < p.+1)%N by rewrite !ltnS.
apply: (@rsum_gt0 _ (fun r => \rsum_(s < p.+1) cross r s) (Ordinal r1)) => [i|].
  by apply: rsum_ge0 => j _; apply: cross_ge0.
apply: (@rsum_gt0 _ (cross r) (Ordinal s1)) => [j|]; first exact: cross_ge0.
apply: Rmult_lt_0_compat; last by case: (pair_sign r s b_gt0 bc) => /(_ rs).
by apply: Rmult_lt_0_compat; apply: Rmult_lt_0_compat => //; apply: lt_0_INR; apply/ltP.
Qed.

End Tilt.

Theorem complexity_mono p a b c :
  (forall r, 0 <= a r) -> 0 < b -> b < c ->
  0 < nu1 p (tilt a b) -> 0 < nu1 p (tilt a c) -> 0 < ratio p (tilt a b) ->
  complexity (ratio p (tilt a b)) <= complexity (ratio p (tilt a c)).
Proof. by move=> a0 b0 bc nb nc q0; apply: complexity_le => //; apply: ratio_mono. Qed.

Section Ensemble.

Variable p : nat.
Hypothesis p_gt1 : (1 < p)%N.

Definition epsR (b : R) r : R := if r is k.+1 then INR 'C(p.-1, k) * b ^ r else 0.
Definition weights (b : R) r : R := epsR b r ^ 2.
Definition coefs r : R := if r is k.+1 then INR 'C(p.-1, k) ^ 2 else 0.

Lemma weights_tilt b r : weights b r = tilt coefs (b ^ 2) r.
Proof.
rewrite /weights /tilt /coefs; case: r => [|k]; first by rewrite /=; ring.
by rewrite /epsR Rpow_mult_distr -!pow_mult Nat.mul_comm.
Qed.

Lemma ratio_ext (a1 a2 : nat -> R) : a1 =1 a2 -> ratio p a1 = ratio p a2.
Proof.
by move=> aE; rewrite /ratio /nu1 /nu2; congr (_ / _); apply: eq_bigr => r _; rewrite aE.
Qed.

Lemma coefs_ge0 r : 0 <= coefs r.
Proof. by case: r => [|r]; [rewrite /=; lra|apply: pow_le; apply: pos_INR]. Qed.

Lemma coefs_gt0 r : (0 < r <= p)%N -> 0 < coefs r.
Proof.
case: r => // k kp; apply: pow_lt; apply: lt_0_INR; apply/ltP; rewrite bin_gt0.
by case: (p) kp.
Qed.

Lemma nu_gt0 b : 0 < b -> 0 < nu1 p (tilt coefs b) /\ 0 < nu2 p (tilt coefs b).
Proof.
move=> b0; have p2 : (2 < p.+1)%N by [].
have t0 r : 0 <= tilt coefs b r.
  by apply: Rmult_le_pos; [exact: coefs_ge0|apply: pow_le; lra].
have t2 : 0 < tilt coefs b 2.
  by apply: Rmult_lt_0_compat; [exact: coefs_gt0|apply: pow_lt].
split.
  apply: (@rsum_gt0 _ (fun r => INR r * tilt coefs b r) (Ordinal p2)) => [r|] /=; last lra.
  by apply: Rmult_le_pos; [exact: pos_INR|].
apply: (@rsum_gt0 _ (fun r => INR r * (INR r - 1) * tilt coefs b r) (Ordinal p2)) => [r|] /=; last lra.
apply: Rmult_le_pos => //; case: (nat_of_ord r) => [|k]; first by rewrite /=; lra.
by rewrite S_INR; apply: Rmult_le_pos; have := pos_INR k; lra.
Qed.

(* The paper's mixture: strictly more critical points as beta grows. *)
Theorem ensemble_strict b c :
  0 < b -> b < c -> complexity (ratio p (weights b)) < complexity (ratio p (weights c)).
Proof.
move=> b0 bc; rewrite !(ratio_ext (weights_tilt _)).
have [b2 bc2] : 0 < b ^ 2 /\ b ^ 2 < c ^ 2 by split; [exact: pow_lt|exact: pow_lt_mono].
have [[nb nb2] [nc _]] := (nu_gt0 b2, nu_gt0 (Rlt_trans _ _ _ b2 bc2)).
apply: complexity_incr; first exact: Rdiv_lt_0_compat.
have p0 := ltnW p_gt1; apply: (@ratio_strict p coefs _ _ coefs_ge0 b2 bc2 nb nc 1 2) => //;
  exact: coefs_gt0.
Qed.

(* With theorem 5: every such mixture stays below the plain network of depth p. *)
Theorem ensemble_lt_pure b :
  0 < b -> complexity (ratio p (weights b)) < complexity (INR p - 1).
Proof.
move=> b0; rewrite (ratio_ext (weights_tilt b)).
have b2 : 0 < b ^ 2 by apply: pow_lt.
have [nb nb2] := nu_gt0 b2; apply: (@mixture_lt_pure p _ _ _ 1) => //.
- by move=> r; apply: Rmult_le_pos; [exact: coefs_ge0|apply: pow_le; lra].
- exact: Rdiv_lt_0_compat.
- by apply: Rmult_lt_0_compat; [apply: coefs_gt0; rewrite (ltnW p_gt1)|apply: pow_lt].
Qed.

End Ensemble.
