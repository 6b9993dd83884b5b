(* Examples that meet the hypotheses, and one counterexample                  *)
(*                                                                            *)
(* Ids         X.1 - X.18; T7.10                                              *)
(* Reference   none: these show that no theorem is true for want of a case.   *)
(* Notation    as in the files that are imported                              *)
From Coq Require Import Reals Lra.
From Coquelicot Require Import Coquelicot.
From Interval Require Import Tactic Float.Specific_ops Float.Specific_stdz.
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require ring.
From Hessian Require Import Unravel SignAverage RandomNet Mode Mean WeightNorm DepthLaw.
From Hessian Require Import FunctionalGradient Quadrature.
From Hessian Require Import Sums FiniteIndex Monotone Homogeneous BatchNorm Boosting Residual Scales.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Module SFZ := SpecificFloat StdZRadix2.
Module ITZ := IntervalTactic SFZ.
Import ITZ.

Section Algebra.

Import GRing.Theory Num.Theory Order.TTheory.
Import ring.
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

(* X.15: a table of 2 entries for 3 blocks of numbers, cut off after length 1. *)
Definition branches (i : nat) : int := i.+1%:R.

Example short_table : table (fun a u : int => a * u) branches 1 3 1 = [:: 1; 6].
Proof. by []. Qed.

Example short_layer : layer_sum branches 3 1%N = 6.
Proof.
have entry := @table_correct _ _ (fun a u : int => a * u) (@mul1r _) (fun a b u => esym (mulrA a b u))
                (fun a b u => mulrDl a b u) branches 1%N 3%N 1 1%N isT.
by rewrite -[layer_sum _ _ _]mulr1 -entry short_table.
Qed.

(* X.16: two blocks of one unit; the entry of block l is - (l+1), 0, l+1 with   *)
(* probabilities 1/4, 1/2, 1/4: gains 1/2 and 2, output energy 3/2 * 3.          *)
Definition three_mu (l : nat) (s : 'I_3) : rat := if (s : nat) == 1%N then 2%:R^-1 else 4%:R^-1.
Definition three_values (l : nat) (s : 'I_3) : 'M[rat]_1 := (l.+1%:R * (s%:R - 1))%:M.

Lemma three_total l : \sum_s three_mu l s = 1.
Proof. by rewrite /three_mu !big_ord_recl big_ord0. Qed.

Lemma three_mean l a b : \sum_s three_mu l s * three_values l s a b = 0.
Proof.
rewrite /three_mu !big_ord_recl big_ord0 !mxE !ord1 /= !mulr1n.
by move: (l.+1%:R) => x; rewrite -[(bump _ _)%:R]/(2%:R); field.
Qed.

Lemma three_cov l a b c :
  \sum_s three_mu l s * (three_values l s a b * three_values l s a c) =
    if b == c then l.+1%:R ^+ 2 / 2%:R else 0.
Proof.
rewrite /three_mu !big_ord_recl big_ord0 !mxE !ord1 eqxx /= !mulr1n.
by move: (l.+1%:R) => x; rewrite -[(bump _ _)%:R]/(2%:R); field.
Qed.

Example three_output (v : 'cV[rat]_1) :
  expect three_mu (fun w : ens [finType of 'I_3] 2 => sqnorm (net (layers three_values w) 2 *m v))
    = (9%:R / 2%:R) * sqnorm v.
Proof.
by rewrite (energy_of_output three_total three_mean three_cov) !big_ord_recl big_ord0.
Qed.

Example three_depth (v : 'cV[rat]_1) :
  expect three_mu (fun w : ens [finType of 'I_3] 2 =>
      sqnorm (layer_sum (layers three_values w) 2 1%N *m v)) = (5%:R / 2%:R) * sqnorm v.
Proof.
by rewrite (energy_of_depth three_total three_mean three_cov) -El_correct.
Qed.

(* X.17: one sample with the loss |z| ^ 2 / 2, one unit and the embedding 1: the *)
(* step 1 is allowed, and the risk falls by half the square of the ascent.       *)
Definition half_square (i : 'I_1) (z : 'cV[rat]_1) : rat := sqn z / 2%:R.
Definition one_embedding (i : 'I_1) : 'cV[rat]_1 := 1.

Lemma half_square_smooth i z v :
  half_square i (z + v) <= half_square i z + dot z v + 1 / 2%:R * sqn v.
Proof.
rewrite le_eqVlt; apply/orP; left; apply/eqP.
by rewrite /half_square /sqn /dot !big_ord1 !mxE; move: (z 0 0) (v 0 0) => x y; field.
Qed.

Lemma one_embedding_le i : sqn (one_embedding i) <= 1.
Proof. by rewrite /sqn /dot big_ord1 !mxE. Qed.

Example half_square_step (z : 'I_1 -> 'cV[rat]_1) :
  risk half_square (block (fun=> id) one_embedding 1 z) <=
    risk half_square z - 1 * (1 - 1 * 1 * 1 / 2%:R) * frob (ascent (fun=> id) one_embedding z).
Proof. exact: (descent_inequality ler01 half_square_smooth one_embedding_le). Qed.

(* X.18: a rotation by rational numbers gives the weights 9/25 and 16/25. *)
Definition three_four_five : 'M[rat]_2 :=
  \matrix_(i, j) (if i == j then 3%:R / 5%:R else if (i < j)%N then 4%:R / 5%:R else - (4%:R / 5%:R)).

Lemma three_four_five_orth : three_four_five *m three_four_five^T = 1%:M.
Proof.
apply/matrixP => i j; rewrite !mxE !big_ord_recl big_ord0 !mxE.
by case: i j => [[|[|//]] ?] [[|[|//]] ?].
Qed.

Example three_four_five_weights : \sum_i weight three_four_five i = 1 :> rat.
Proof. exact: weights_total three_four_five_orth. Qed.

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

(* X.11: the plane with its inner product, and the rules for derivatives in it. *)
Definition plane := prod_NormedModule R_AbsRing R_NormedModule R_NormedModule.
Definition inner (x y : plane) : R := x.1 * y.1 + x.2 * y.2.

Lemma diff_1 (w : plane) : differential (fst : plane -> R) w fst.
Proof. exact: filterdiff_linear is_linear_fst. Qed.

Lemma diff_2 (w : plane) : differential (snd : plane -> R) w snd.
Proof. exact: filterdiff_linear is_linear_snd. Qed.

Lemma diff_const c (w : plane) : differential (fun _ : plane => c) w (fun=> 0).
Proof. exact: (@filterdiff_const _ plane R_NormedModule). Qed.

Lemma diff_add f g (w : plane) D E :
  differential f w D -> differential g w E ->
  differential (fun u => f u + g u) w (fun v => D v + E v).
Proof. exact: (@filterdiff_plus_fct _ plane R_NormedModule). Qed.

Lemma diff_mul f g (w : plane) D E :
  differential f w D -> differential g w E ->
  differential (fun u => f u * g u) w (fun v => D v * g w + f w * E v).
Proof. by apply: (@filterdiff_mult_fct R_AbsRing plane) => *; exact: Rmult_comm. Qed.

Lemma diff_inv f (w : plane) D :
  f w <> 0 -> differential f w D -> differential (fun u => / f u) w (fun v => - D v / f w ^ 2).
Proof.
move=> f0 fD; have inv : filterdiff Rinv (locally (f w)) (fun y => scal y (- / f w ^ 2)).
  by change (is_derive Rinv (f w) (- / f w ^ 2)); auto_derive => //; field.
apply: (filterdiff_ext_lin _ _ _ (filterdiff_comp' f Rinv w _ _ fD inv)) => v.
by rewrite /scal /= /mult /=; field.
Qed.

(* X.12: the square of the cosine of the angle, with a gradient that is not 0. *)
Definition radius2 (u : plane) : R := u.1 * u.1 + u.2 * u.2.
Definition cosine2 (u : plane) : R := u.1 * u.1 * / radius2 u.
Definition dcosine2 (v u : plane) : R :=
  2 * (u.1 * u.2) * (u.2 * v.1 - u.1 * v.2) * (/ radius2 u * / radius2 u).

Lemma radius2_neq0 (u : plane) : u <> zero -> radius2 u <> 0.
Proof.
case: u => x y xy; rewrite /radius2 /= => r0; apply: xy.
have x0 : x = 0 by nra.
have y0 : y = 0 by nra.
by rewrite x0 y0.
Qed.

Lemma diff_radius2 (w : plane) :
  differential radius2 w (fun v => v.1 * w.1 + w.1 * v.1 + (v.2 * w.2 + w.2 * v.2)).
Proof. by apply: diff_add; apply: diff_mul; [exact: diff_1|exact: diff_1|exact: diff_2|exact: diff_2]. Qed.

Lemma cosine2_invariant c (u : plane) : 0 < c -> cosine2 (scal c u) = cosine2 u.
Proof.
move=> c0; case: u => x y.
change (c * x * (c * x) * / (c * x * (c * x) + c * y * (c * y)) = x * x * / (x * x + y * y)).
case: (Req_dec (x * x + y * y) 0) => [r0|rN].
  have -> : x = 0 by nra.
  by ring.
have cN : c * x * (c * x) + c * y * (c * y) <> 0.
  have -> : c * x * (c * x) + c * y * (c * y) = c * c * (x * x + y * y) by ring.
  by apply: Rmult_integral_contrapositive_currified => //; nra.
by field.
Qed.

Lemma diff_cosine2 (w : plane) : w <> zero -> differential cosine2 w (dcosine2^~ w).
Proof.
move=> w0; have r0 := radius2_neq0 w0.
have d := diff_mul (diff_mul (diff_1 w) (diff_1 w)) (diff_inv r0 (diff_radius2 w)).
apply: (filterdiff_ext_lin _ _ _ d) => v; rewrite /dcosine2.
rewrite -[X in _ = _ * (_ - _) * X]/(/ radius2 w * / radius2 w).
have -> : 2 * (w.1 * w.2) * (w.2 * v.1 - w.1 * v.2) * (/ radius2 w * / radius2 w) =
          (2 * v.1 * w.1 * (radius2 w - w.1 * w.1) - 2 * w.1 * w.1 * (w.2 * v.2)) / radius2 w ^ 2.
  by rewrite {3}/radius2; field.
by field.
Qed.

Lemma diff_dcosine2 (v w : plane) : w <> zero -> exists D2, differential (dcosine2 v) w D2.
Proof.
move=> w0; have r0 := radius2_neq0 w0; have dr := diff_inv r0 (diff_radius2 w).
have d12 := diff_mul (diff_1 w) (diff_2 w).
have turn := diff_add (diff_mul (diff_2 w) (diff_const v.1 w)) (diff_mul (diff_const (- v.2) w) (diff_1 w)).
have := diff_mul (diff_mul (diff_mul (diff_const 2 w) d12) turn) (diff_mul dr dr).
set D := (X in differential _ _ X) => dD; exists D.
have shape (u : plane) : 2 * (u.1 * u.2) * (u.2 * v.1 + - v.2 * u.1) * (/ radius2 u * / radius2 u) =
    dcosine2 v u by rewrite /dcosine2; ring.
exact: (filterdiff_ext _ _ _ shape dD).
Qed.

(* T6.2 at w = (1, 1), which is not critical, and v = (1, 0).                      *)
Example cosine2_hessian :
  exists2 D2, @differential plane (dcosine2 (1, 0)) (1, 1) D2 & D2 (1, 1) = - / 2.
Proof.
have w0 : (1, 1) <> zero :> plane by case=> one0 _; exact: R1_neq_R0 one0.
case: (diff_dcosine2 (1, 0) w0) => D2 dD2; exists D2 => //.
rewrite (@hessian_direction plane cosine2 cosine2_invariant dcosine2 diff_cosine2 _ _ _ w0 dD2).
by rewrite /dcosine2 /radius2 /=; field.
Qed.

(* T6.3 at the critical point (0, 1), for every direction v.                     *)
Example cosine2_critical v :
  exists2 D2, @differential plane (dcosine2 v) (0, 1) D2 & D2 (0, 1) = 0.
Proof.
have w0 : (0, 1) <> zero :> plane by case=> one0; exact: R1_neq_R0 one0.
case: (diff_dcosine2 v w0) => D2 dD2; exists D2 => //.
apply: (@hessian_at_critical plane cosine2 cosine2_invariant dcosine2 diff_cosine2 _ _ _ w0 _ dD2).
by move=> u; rewrite /dcosine2 /=; ring.
Qed.

(* X.13: theorem 3 on the line, A x = x - 1 at w = l = 1. *)
Example scale_grows :
  exists2 delta, 0 < delta &
    forall mu, 0 < mu < delta ->
      Rabs 1 < Rabs (1 - mu * (@descent R_NormedModule 1 (scal 1 1) mu - 1)).
Proof.
have ip_scal c x y : x * (c * y) = c * (x * y) by ring.
have A_grad : gradient Rmult (fun x : R_NormedModule => x - 1) 1 1.
  have d : is_derive (fun x => x - 1) 1 1 by auto_derive => //; ring.
  by apply: (filterdiff_ext_lin _ _ _ d) => y; rewrite /scal /= /mult /=; ring.
have A_critical : 1 - 1 = 0 by ring.
have pos : 0 < @scal R_AbsRing R_NormedModule 1 1 * @scal R_AbsRing R_NormedModule 1 1.
  by rewrite /scal /= /mult /=; lra.
exact: (theorem3_unskipped Rmult_comm ip_scal A_grad A_critical pos).
Qed.

(* X.14: theorem 4 in the plane: F = x of degree 1, G = - x y / 2 of degree 2. *)
Definition short_part (u : plane) : R := u.1.
Definition deep_part (u : plane) : R := - / 2 * (u.1 * u.2).

Example norm_grows :
  exists2 delta, 0 < delta &
    forall mu, 0 < mu < delta ->
      radial short_part deep_part 1 2
        (@descent plane (1, 1) (plus (1, 0) (- / 2, - / 2)) mu) < 0.
Proof.
have F_grad : gradient inner short_part (1, 1) (1, 0).
  by apply: (filterdiff_ext_lin _ _ _ (diff_1 (1, 1))) => v; rewrite /inner /=; ring.
have G_grad : gradient inner deep_part (1, 1) (- / 2, - / 2).
  have d := diff_mul (diff_const (- / 2) (1, 1)) (diff_mul (diff_1 (1, 1)) (diff_2 (1, 1))).
  by apply: (filterdiff_ext_lin _ _ _ d) => v; rewrite /inner /=; ring.
apply: (theorem4_sign _ _ _ F_grad G_grad).
- by move=> x y; rewrite /inner; ring.
- by move=> x y z; rewrite /inner /plus /= /prod_plus /plus /=; ring.
- by move=> c x y; rewrite /inner /scal /= /prod_scal /scal /= /mult /=; ring.
- by rewrite /radial /short_part /deep_part /=; field.
- by rewrite /pull /inner /=; lra.
Qed.
