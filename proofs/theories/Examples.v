(* Examples that meet the hypotheses, and one counterexample                  *)
(*                                                                            *)
(* Ids         X.1 - X.10; T7.10                                              *)
(* Reference   none: these show that no theorem is true for want of a case.   *)
(* Notation    as in the files that are imported                              *)
From Coq Require Import Reals Lra.
From Coquelicot Require Import Coquelicot.
From Interval Require Import Tactic Float.Specific_ops Float.Specific_stdz.
From mathcomp Require Import all_ssreflect all_algebra.
From Hessian Require Import Unravel Mode Mean WeightNorm DepthLaw.
From Hessian Require Import Sums FiniteIndex Monotone Homogeneous BatchNorm Boosting Residual.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Module SFZ := SpecificFloat StdZRadix2.
Module ITZ := IntervalTactic SFZ.
Import ITZ.

Section Algebra.

Import GRing.Theory Num.Theory.
Local Open Scope ring_scope.

(* X.1: p = 10, beta = 1: the mode is 6, and 5 ties with it. *)
Example mode_10_1 : is_mode 10 (1 : rat) 6.
Proof. by []. Qed.

Example tie_10_1 : eps 10 (1 : rat) 5 = eps 10 1 6.
Proof. by apply/eqP; rewrite (mode_tie (b := 1) _ _ mode_10_1). Qed.

(* X.2: a share bounded by theorem 2: p = 100, beta = 1, distance 26 or more. *)
Example share_100_1 (far := fun r : nat =>
    4%:R^-1 * 100%:R + 1 <= `|r%:R - 100%:R * (1 / (1 + 1))| :> rat) :
  \sum_(1 <= r < 101 | far r) eps 100 (1 : rat) r ^+ 2
    <= (16%:R * 4%:R^-1 ^+ 4 * 100%:R)^-1 * mass2 100 (1 : rat).
Proof. exact: (@theorem2_rate [realFieldType of rat] 100 1 4%:R^-1). Qed.

(* X.3: a gradient orthogonal to the weights that is not zero: a rotation. *)
Definition rotation (t : nat) (w : 'cV[rat]_2) : 'cV[rat]_2 :=
  \col_i (if i == 0 then - w 1 0 else w 0 0).

Example rotation_orthogonal t w : dot w (rotation t w) = 0.
Proof.
rewrite /dot !big_ord_recl big_ord0 addr0 !mxE /= mulrN.
by rewrite (_ : lift ord0 ord0 = 1) ?[w 1 0 * _]mulrC ?addNr //; apply: val_inj.
Qed.

End Algebra.

Local Open Scope R_scope.

(* X.4: the mixture (t ^ 2 + t ^ 3) / 2 has ratio 8 / 5. *)
Definition half_half (r : nat) : R := if (1 < r < 4)%N then / 2 else 0.

Example half_half_ratio : ratio 3 half_half = 8 / 5.
Proof.
by rewrite /ratio /nu1 /nu2 /half_half !big_ord_recl !big_ord0 /=; field.
Qed.

Example half_half_theorem5 : complexity (8 / 5) < complexity (INR 3 - 1).
Proof.
rewrite -half_half_ratio; apply: (@mixture_lt_pure 3 half_half _ _ 2) => //.
- by move=> r; rewrite /half_half; case: ifP => _; lra.
- by rewrite /nu1 /half_half !big_ord_recl !big_ord0 /=; lra.
- by rewrite half_half_ratio; lra.
- by rewrite /half_half /=; lra.
Qed.

(* X.5: the ensemble at depth 3, beta from 1 to 2. *)
Example ensemble_3 : complexity (ratio 3 (weights 3 1)) < complexity (ratio 3 (weights 3 2)).
Proof. by apply: ensemble_strict => //; lra. Qed.

(* X.6: a batch of two samples, 0 and 1. *)
Definition two_samples (i : 'I_2) : R := INR i.

Example two_samples_var : var two_samples = / 4.
Proof. by rewrite /var /mean /two_samples !big_ord_recl !big_ord0 /=; field. Qed.

Example two_samples_bn : mean (fun i => bn 1 two_samples i ^ 2) = / 4 / (/ 4 + 1).
Proof. by rewrite -two_samples_var; apply: bn_second_moment; rewrite two_samples_var; lra. Qed.

(* X.7: a function of the direction only, not constant, differentiable off 0. *)
Definition direction (x : R) : R := if Rle_dec x 0 then (if Rle_dec 0 x then 0 else -1) else 1.

Example direction_invariant c x : 0 < c -> direction (scal c x) = direction x.
Proof.
rewrite /scal /= /mult /= /direction => c0.
by repeat case: Rle_dec => ? //=; exfalso; nra.
Qed.

Example direction_derive x :
  x <> 0 -> @differential R_NormedModule direction x (fun=> 0).
Proof.
move=> x0; have dx : is_derive direction x 0.
  apply: (is_derive_ext_loc (fun=> direction x)); last exact: is_derive_const.
  have r0 : 0 < Rabs x by apply: Rabs_pos_lt.
  exists (mkposreal _ r0) => y; rewrite /ball /= /AbsRing_ball /abs /minus /plus /opp /= /direction.
  move=> yx; have := Rabs_def2 _ _ yx; move: yx r0.
  by rewrite /Rabs; repeat case: Rcase_abs => ?; repeat case: Rle_dec => ? //=; lra.
apply: (filterdiff_ext_lin _ _ _ dx) => y; exact: scal_zero_r.
Qed.

(* X.8: a block that halves its input, with Lipschitz constant 1 / 2. *)
Example halving_lipschitz (i : nat) (x y : R) :
  norm (minus (x / 2) (y / 2)) <= / 2 * norm (minus x y).
Proof.
rewrite /norm /= /abs /minus /plus /opp /=; right.
have -> : x / 2 + - (y / 2) = / 2 * (x + - y) by field.
by rewrite Rabs_mult Rabs_pos_eq; lra.
Qed.

(* X.9: one sample with margin 1 in every round meets the hypothesis of T7.4. *)
Example margin_one T : error (fun _ (_ : 'I_1) => 1) T <= exp (- / 2 * \rsum_(t < T) / 2).
Proof.
apply: (@error_bound 0 (fun _ _ => 1) (fun=> / 2)) => t _; split; first lra.
have -> : Z (fun _ (_ : 'I_1) => 1) t = exp (- 1).
  by have := dist_total (fun _ (_ : 'I_1) => 1) t; rewrite /Z !big_ord1 => ->; rewrite Rmult_1_l.
by interval with (i_prec 60).
Qed.

(* T7.10: two rounds of BoostResNet on four samples. Every covariance is zero,
   and still round 1 breaks the hypothesis Z <= sqrt (1 - gamma ^ 2) of T7.4. *)
Definition last_wrong (i : 'I_4) : R := if (i < 3)%N then 1 else -1.

Definition modules (t : nat) (i : 'I_4) : R :=
  match t with 1%N => / 4 | 2%N => last_wrong i | _ => 0 end.

Definition steps (t : nat) : R :=
  match t with 1%N => step (/ 4) | 2%N => step (/ 2) | _ => 0 end.

Lemma dist_round t i : (t <= 1)%N -> dist (weak modules steps) t i = / 4.
Proof.
case: t => [|[|//]] _; first by rewrite /=; field.
rewrite dist_weak // /uniform /modules rsum_const; set e := exp _.
have e0 : 0 < e by apply: exp_pos.
by rewrite /=; field; lra.
Qed.

Lemma edge_1 : edge modules steps 1 = / 4.
Proof.
rewrite /edge (eq_bigr (fun=> / 4 * / 4)) => [|i _]; last by rewrite dist_round.
by rewrite rsum_const /=; field.
Qed.

Lemma edge_2 : edge modules steps 2 = / 2.
Proof.
rewrite /edge (eq_bigr (fun i => / 4 * last_wrong i)) => [|i _]; last by rewrite dist_round.
by rewrite /last_wrong !big_ord_recl big_ord0 /=; field.
Qed.

Lemma covariance_0 t : (t <= 1)%N -> covariance modules steps t = 0.
Proof.
move=> t1; rewrite /covariance.
pose b := exp (steps t * modules t ord0).
have bE (i : 'I_4) : exp (steps t * modules t i) = b.
  by rewrite /b; case: t t1 {b} => [|[|]].
rewrite (eq_bigr (fun i => b * (dist (weak modules steps) t i * exp (- (steps t.+1 * modules t.+1 i)))));
  last by move=> i _; rewrite bE; ring.
rewrite rsum_scal [X in _ - _ * X](eq_bigr (fun i => b * dist (weak modules steps) t i));
  last by move=> i _; rewrite bE; ring.
by rewrite rsum_scal dist_total Rmult_1_r; apply: Rminus_diag_eq; rewrite Rmult_comm.
Qed.

Theorem round_hypothesis_fails :
  (forall t, (t <= 1)%N -> covariance modules steps t <= 0) /\
  (forall t, (t <= 1)%N -> steps t.+1 = step (edge modules steps t.+1)) /\
  sqrt (1 - gamma2 (edge modules steps) 1) < Z (weak modules steps) 1.
Proof.
split; first by move=> t t1; rewrite covariance_0 //; lra.
split; first by case=> [|[|//]] _; rewrite ?edge_1 ?edge_2.
rewrite Z_weak // /gamma2 edge_1 edge_2 /uniform.
have -> : \rsum_(i < 4) exp (- (steps 1 * modules 1 i)) = 4 * exp (- (step (/ 4) * / 4)).
  by rewrite (eq_bigr (fun=> exp (- (step (/ 4) * / 4)))) // rsum_const /=; ring.
have -> : \rsum_(i < 4) exp (- (steps 2 * modules 2 i)) = 3 * exp (- step (/ 2)) + exp (step (/ 2)).
  rewrite !big_ord_recl big_ord0 /= /last_wrong /= !Rmult_1_r.
  have -> : - (step (/ 2) * -1) = step (/ 2) by ring.
  by ring.
by rewrite /step /=; interval with (i_prec 60).
Qed.

(* X.10: the bound of BoostResNet on these samples, one round. *)
Definition one_module (t : nat) (i : 'I_4) : R := if t is 1%N then last_wrong i else 0.
Definition one_step (t : nat) : R := if t is 1%N then step (/ 2) else 0.

Lemma one_edge : edge one_module one_step 1 = / 2.
Proof. by rewrite /edge /one_module /last_wrong !big_ord_recl big_ord0 /=; field. Qed.

Example one_round_bound : error (weak one_module one_step) 1 <= sqrt (1 - (/ 2) ^ 2).
Proof.
rewrite -one_edge; apply: last_edge_bound => //.
- by move=> i; rewrite /one_module /last_wrong; case: ifP => _; lra.
- by rewrite one_edge; lra.
- by rewrite one_edge.
- rewrite /covariance /= /one_step !Rmult_0_l exp_0.
  rewrite !big_ord_recl !big_ord0 /=; lra.
Qed.
