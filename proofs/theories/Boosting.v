(* Boosting residual blocks: telescoping, the exponential loss, the bound      *)
(*                                                                            *)
(* Ids         T7.1 - T7.9                                                    *)
(* Reference   Huang, Ash, Langford, Schapire (2018), BoostResNet, section 4.  *)
(* Notation    n            number of samples minus one                       *)
(*             h t i        margin y_i h_t(x_i) of weak classifier t          *)
(*             score h t i  sum of h s i over s < t                           *)
(*             dist h t i   weight of sample i before round t, uniform at 0    *)
(*             Z h t        normaliser of round t                             *)
(*             u t i        margin y_i o_t(x_i) of the hypothesis module o_t   *)
(*             edge u alpha t   g~_t, the mean of u t under the weights before *)
(*                          round t; edge 0 = 0                               *)
From Coq Require Import Reals Lra Lia.
From mathcomp Require Import all_ssreflect.
From Hessian Require Import Sums.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Local Open Scope R_scope.

Theorem telescope (c : nat -> R) T : \rsum_(t < T) (c t.+1 - c t) = c T - c 0%N.
Proof.
elim: T => [|T IHT]; first by rewrite big_ord0; ring.
by rewrite big_ord_recr /= IHT; ring.
Qed.

Definition gamma2 (e : nat -> R) t := (e t.+1 ^ 2 - e t ^ 2) / (1 - e t ^ 2).

Theorem edges_telescope (e : nat -> R) T :
  (forall t, e t ^ 2 <> 1) ->
  \rprod_(t < T) (1 - gamma2 e t) = (1 - e T ^ 2) / (1 - e 0%N ^ 2).
Proof.
move=> e1; have e1' t : 1 - e t ^ 2 <> 0 by have := e1 t; lra.
elim: T => [|T IHT]; first by rewrite big_ord0; field.
rewrite big_ord_recr IHT /gamma2; move: (e1' T) (e1' 0%N).
by move: (e T ^ 2) (e 0%N ^ 2) (e T.+1 ^ 2) => x y z xN yN /=; field.
Qed.

Lemma exp_convex th x y :
  0 <= th <= 1 -> exp (th * x + (1 - th) * y) <= th * exp x + (1 - th) * exp y.
Proof.
move=> [th0 th1]; set z := th * x + (1 - th) * y.
have tangent w : exp z * (1 + (w - z)) <= exp w.
  rewrite {2}(_ : w = z + (w - z)); last by ring.
  rewrite exp_plus; apply: Rmult_le_compat_l; first exact/Rlt_le/exp_pos.
  exact: exp_ineq1_le.
have tx : th * (exp z * (1 + (x - z))) <= th * exp x by apply: Rmult_le_compat_l.
have ty : (1 - th) * (exp z * (1 + (y - z))) <= (1 - th) * exp y.
  by apply: Rmult_le_compat_l; first lra.
apply: Rle_trans (Rplus_le_compat _ _ _ _ tx ty); right; rewrite /z; ring.
Qed.

(* T7.5: one round, with the step of the reference algorithm. *)
Definition step g := ln ((1 + g) / (1 - g)) / 2.

Lemma exp_step_sqr g : -1 < g < 1 -> exp (step g) ^ 2 = (1 + g) / (1 - g).
Proof.
move=> g1; rewrite -Rsqr_pow2 /Rsqr -exp_plus /step -(exp_ln ((1 + g) / (1 - g))).
  by rewrite ln_exp; congr exp; field.
by apply: Rdiv_lt_0_compat; lra.
Qed.

Lemma step_value g :
  -1 < g < 1 -> (1 + g) / 2 * exp (- step g) + (1 - g) / 2 * exp (step g) = sqrt (1 - g ^ 2).
Proof.
move=> g1; have xx := exp_step_sqr g1; have x0 := exp_pos (step g).
rewrite exp_Ropp; set x := exp (step g) in xx x0 *.
have two : (1 - g) * x ^ 2 = 1 + g by rewrite xx; field; lra.
have -> : (1 + g) / 2 * / x + (1 - g) / 2 * x = (1 + g) / x.
  rewrite (_ : (1 - g) / 2 * x = (1 - g) * x ^ 2 / (2 * x)); last by field; lra.
  by rewrite two; field; lra.
symmetry; apply: sqrt_lem_1; first by nra.
  by apply: Rlt_le; apply: Rdiv_lt_0_compat; lra.
transitivity ((1 + g) ^ 2 / x ^ 2); first by field; lra.
by rewrite xx; field; lra.
Qed.

Theorem one_round n (d u : 'I_n -> R) g :
  (forall i, 0 <= d i) -> \rsum_(i < n) d i = 1 -> (forall i, -1 <= u i <= 1) ->
  \rsum_(i < n) (d i * u i) = g -> -1 < g < 1 ->
  \rsum_(i < n) (d i * exp (- (step g * u i))) <= sqrt (1 - g ^ 2).
Proof.
move=> d0 d1 u1 gE g1; set a := step g.
apply: (@Rle_trans _ (\rsum_(i < n) ((exp (- a) + exp a) / 2 * d i
                                     + (exp (- a) - exp a) / 2 * (d i * u i)))).
  apply: rsum_le => i _; have [lo hi] := u1 i.
  have conv : exp (- (a * u i)) <= (1 + u i) / 2 * exp (- a) + (1 - (1 + u i) / 2) * exp a.
    rewrite (_ : - (a * u i) = (1 + u i) / 2 * - a + (1 - (1 + u i) / 2) * a); last by field.
    by apply: exp_convex; lra.
  apply: Rle_trans (Rmult_le_compat_l _ _ _ (d0 i) conv) _; right; field.
by rewrite rsum_split !rsum_scal d1 gE -step_value // -/a; right; field.
Qed.

Section ExponentialLoss.

Variables (n : nat) (h : nat -> 'I_n.+1 -> R).

Definition score t i := \rsum_(s < t) h s i.

Fixpoint dist t i : R :=
  if t is s.+1 then dist s i * exp (- h s i) / (\rsum_(j < n.+1) (dist s j * exp (- h s j)))
  else / INR n.+1.

Definition Z t := \rsum_(j < n.+1) (dist t j * exp (- h t j)).

(* share of the samples with margin at most 0 *)
Definition error t : R :=
  / INR n.+1 * \rsum_(i < n.+1) (if Rle_dec (score t i) 0 then 1 else 0).

Lemma size_gt0 : 0 < / INR n.+1.
Proof. by apply: Rinv_0_lt_compat; apply: lt_0_INR; apply/ltP. Qed.

Lemma sum_gt0 (F : 'I_n.+1 -> R) : (forall i, 0 < F i) -> 0 < \rsum_(i < n.+1) F i.
Proof.
move=> F0; rewrite big_ord_recl; apply: Rplus_lt_le_0_compat => //.
by apply: rsum_ge0 => i _; left.
Qed.

Lemma dist_gt0 t i : 0 < dist t i.
Proof.
elim: t i => [|t IHt] i /=; first exact: size_gt0.
apply: Rdiv_lt_0_compat; first by apply: Rmult_lt_0_compat; [exact: IHt|exact: exp_pos].
by apply: sum_gt0 => j; apply: Rmult_lt_0_compat; [exact: IHt|exact: exp_pos].
Qed.

Lemma Z_gt0 t : 0 < Z t.
Proof. by apply: sum_gt0 => j; apply: Rmult_lt_0_compat; [exact: dist_gt0|exact: exp_pos]. Qed.

Lemma dist_total t : \rsum_(i < n.+1) dist t i = 1.
Proof.
case: t => [|t] /=; first by rewrite rsum_const Rinv_r //; have := size_gt0; have := pos_INR n; rewrite -[INR n.+1]/(INR n.+1) S_INR; lra.
rewrite -/(Z t) (eq_bigr (fun i => / Z t * (dist t i * exp (- h t i)))) => [|i _]; last first.
  by rewrite /Rdiv Rmult_comm.
by rewrite rsum_scal -/(Z t) Rinv_l //; have := Z_gt0 t; lra.
Qed.

Lemma dist_score t i : dist t i * \rprod_(s < t) Z s = / INR n.+1 * exp (- score t i).
Proof.
elim: t => [|t IHt]; first by rewrite /score !big_ord0 /= Ropp_0 exp_0.
rewrite /score !big_ord_recr -/(score t i) Ropp_plus_distr exp_plus -Rmult_assoc -IHt /=.
by rewrite -/(Z t); field; have := Z_gt0 t; lra.
Qed.

(* T7.3 *)
Theorem exponential_loss t :
  / INR n.+1 * \rsum_(i < n.+1) exp (- score t i) = \rprod_(s < t) Z s.
Proof.
rewrite -rsum_scal (eq_bigr (fun i => \rprod_(s < t) Z s * dist t i)) => [|i _].
  by rewrite rsum_scal dist_total Rmult_1_r.
by rewrite -dist_score Rmult_comm.
Qed.

Lemma error_le t : error t <= / INR n.+1 * \rsum_(i < n.+1) exp (- score t i).
Proof.
apply: Rmult_le_compat_l; first exact/Rlt_le/size_gt0.
apply: rsum_le => i _; case: Rle_dec => s0 /=; last exact/Rlt_le/exp_pos.
by have := exp_ineq1_le (- score t i); lra.
Qed.

(* T7.4 *)
Theorem error_bound (g2 : nat -> R) T :
  (forall t, (t < T)%N -> g2 t <= 1 /\ Z t <= sqrt (1 - g2 t)) ->
  error T <= exp (- / 2 * \rsum_(t < T) g2 t).
Proof.
move=> bound; apply: Rle_trans (error_le T) _; rewrite exponential_loss -rsum_scal (exp_rsum T (fun t => - / 2 * g2 t)).
have one_step t : (t < T)%N -> 0 <= Z t <= exp (- / 2 * g2 t).
  move=> /bound[g1 Zt]; split; first exact/Rlt_le/Z_gt0.
  apply: Rle_trans Zt _; rewrite -(sqrt_pow2 (exp (- / 2 * g2 t))); last exact/Rlt_le/exp_pos.
  apply: sqrt_le_1_alt; rewrite -Rsqr_pow2 /Rsqr -exp_plus.
  rewrite (_ : _ + _ = - g2 t); last by field.
  by have := exp_ineq1_le (- g2 t); lra.
elim: T {bound} one_step => [|T IHT] one_step; first by rewrite !big_ord0; lra.
rewrite !big_ord_recr; apply: Rmult_le_compat.
- by apply: rprod_ge0 => s _; apply: Rlt_le; exact: Z_gt0.
- by apply: Rlt_le; exact: Z_gt0.
- by apply: IHT => t tT; apply: one_step; apply: leqW.
- by apply: (proj2 (one_step T _)).
Qed.

End ExponentialLoss.

(* BoostResNet: h is the difference of the scaled hypothesis modules. *)
Section BoostResNet.

Variables (n : nat) (u : nat -> 'I_n.+1 -> R) (alpha : nat -> R).

Definition weak t i := alpha t.+1 * u t.+1 i - alpha t * u t i.

Definition edge t : R :=
  if t is s.+1 then \rsum_(i < n.+1) (dist weak s i * u t i) else 0.

(* mean of F over the samples, all with the same weight *)
Definition uniform (F : 'I_n.+1 -> R) : R := / INR n.+1 * \rsum_(i < n.+1) F i.

(* covariance, under the weights before round t, of exp(- alpha u) of the new
   module and exp(alpha u) of the old one *)
Definition covariance t : R :=
  \rsum_(i < n.+1) (dist weak t i * (exp (- (alpha t.+1 * u t.+1 i)) * exp (alpha t * u t i)))
  - (\rsum_(i < n.+1) (dist weak t i * exp (- (alpha t.+1 * u t.+1 i))))
    * (\rsum_(i < n.+1) (dist weak t i * exp (alpha t * u t i))).

Hypothesis alpha_0 : alpha 0%N = 0.

Lemma score_weak t i : score weak t i = alpha t * u t i.
Proof.
have -> : score weak t i = alpha t * u t i - alpha 0%N * u 0%N i.
  exact: (telescope (fun s => alpha s * u s i)).
by rewrite alpha_0; ring.
Qed.

Lemma loss_weak t :
  \rprod_(s < t) Z weak s = uniform (fun i => exp (- (alpha t * u t i))).
Proof.
rewrite -exponential_loss; congr (_ * _).
by apply: eq_bigr => i _; rewrite score_weak.
Qed.

Lemma uniform_gt0 F : (forall i, 0 < F i) -> 0 < uniform F.
Proof. by move=> F0; apply: Rmult_lt_0_compat; [exact: size_gt0|exact: sum_gt0]. Qed.

Lemma dist_weak t i :
  dist weak t i = / INR n.+1 * exp (- (alpha t * u t i)) /
                  uniform (fun j => exp (- (alpha t * u t j))).
Proof.
have S0 : 0 < uniform (fun j => exp (- (alpha t * u t j))).
  by apply: uniform_gt0 => j; exact: exp_pos.
rewrite -score_weak -dist_score loss_weak; field; lra.
Qed.

Lemma Z_weak t :
  Z weak t = uniform (fun i => exp (- (alpha t.+1 * u t.+1 i))) /
             uniform (fun i => exp (- (alpha t * u t i))).
Proof.
rewrite -!loss_weak big_ord_recr /=; field.
have : 0 < \rprod_(s < t) Z weak s by apply: rprod_gt0 => s _; exact: Z_gt0.
by move: (\rprod_(s < t) Z weak s) => x; lra.
Qed.

(* The three averages in the covariance, for the actual weights. *)
Lemma mean_product t :
  \rsum_(i < n.+1) (dist weak t i * (exp (- (alpha t.+1 * u t.+1 i)) * exp (alpha t * u t i)))
    = Z weak t.
Proof.
apply: eq_bigr => i _; congr (_ * _); rewrite -exp_plus; congr exp; rewrite /weak; ring.
Qed.

Lemma mean_old t :
  \rsum_(i < n.+1) (dist weak t i * exp (alpha t * u t i)) =
    / uniform (fun i => exp (- (alpha t * u t i))).
Proof.
have S0 : 0 < uniform (fun j => exp (- (alpha t * u t j))).
  by apply: uniform_gt0 => j; exact: exp_pos.
have N0 : INR n.+1 <> 0 by apply: not_0_INR.
have SN : uniform (fun j => exp (- (alpha t * u t j))) <> 0 by lra.
rewrite (eq_bigr (fun=> / INR n.+1 * / uniform (fun j => exp (- (alpha t * u t j))))) => [|i _].
  by rewrite rsum_const; field; split.
have EN : exp (alpha t * u t i) <> 0 by have := exp_pos (alpha t * u t i); lra.
by rewrite dist_weak exp_Ropp; field; repeat split.
Qed.

Section Bound.

Variable T : nat.
Hypothesis u_le1 : forall i, -1 <= u T.+1 i <= 1.
Hypothesis edge_lt1 : -1 < edge T.+1 < 1.
Hypothesis alpha_step : alpha T.+1 = step (edge T.+1).

Lemma mean_new :
  \rsum_(i < n.+1) (dist weak T i * exp (- (alpha T.+1 * u T.+1 i)))
    <= sqrt (1 - edge T.+1 ^ 2).
Proof.
rewrite alpha_step; apply: one_round => //; last exact: dist_total.
by move=> i; left; exact: dist_gt0.
Qed.

Hypothesis cov_le0 : covariance T <= 0.

(* T7.6: the covariance condition is needed in the last round only. *)
Theorem last_edge_bound : error weak T.+1 <= sqrt (1 - edge T.+1 ^ 2).
Proof.
apply: Rle_trans mean_new; apply: Rle_trans (error_le weak T.+1) _.
rewrite exponential_loss big_ord_recr /= loss_weak.
set S := uniform _; have S0 : 0 < S by apply: uniform_gt0 => j; exact: exp_pos.
move: cov_le0; rewrite /covariance mean_product mean_old -/S => cov.
apply: (Rmult_le_reg_r (/ S)); first exact: Rinv_0_lt_compat.
have -> : S * Z weak T * / S = Z weak T by field; lra.
exact: Rminus_le cov.
Qed.

Hypothesis all_edges : forall t, (t <= T)%N -> edge t ^ 2 < 1.

(* T7.7: the bound of the paper in its own quantities. *)
Theorem boostresnet_bound :
  error weak T.+1 <= exp (- / 2 * \rsum_(t < T.+1) gamma2 edge t).
Proof.
apply: Rle_trans last_edge_bound _.
have edge1 t : (t <= T.+1)%N -> 0 < 1 - edge t ^ 2.
  rewrite leq_eqVlt => /orP[/eqP->|]; first nra.
  by rewrite ltnS => /all_edges; lra.
have step_le t : (t <= T.+1)%N -> 1 - edge t ^ 2 <= exp (- \rsum_(s < t) gamma2 edge s).
  elim: t => [|t IHt] tT; first by rewrite big_ord0 Ropp_0 exp_0 /=; lra.
  rewrite big_ord_recr /= Ropp_plus_distr exp_plus.
  have e0 := edge1 t (ltnW tT); have := IHt (ltnW tT).
  have -> : 1 - edge t.+1 ^ 2 = (1 - edge t ^ 2) * (1 - gamma2 edge t).
    by rewrite /gamma2; move: e0; move: (edge t ^ 2) (edge t.+1 ^ 2) => x y x0; field; lra.
  have e1 := edge1 t.+1 tT.
  have g1 : 0 <= 1 - gamma2 edge t.
    rewrite (_ : 1 - gamma2 edge t = (1 - edge t.+1 ^ 2) / (1 - edge t ^ 2)).
      by left; apply: Rdiv_lt_0_compat.
    by rewrite /gamma2; move: e0; move: (edge t ^ 2) (edge t.+1 ^ 2) => x y x0; field; lra.
  move=> IH; apply: Rmult_le_compat => //; first lra.
  by have := exp_ineq1_le (- gamma2 edge t); lra.
move: (step_le _ (leqnn T.+1)); move: (\rsum_(t < T.+1) gamma2 edge t) => s step_s.
rewrite -(sqrt_pow2 (exp (- / 2 * s))); last exact/Rlt_le/exp_pos.
apply: sqrt_le_1_alt; have -> : exp (- / 2 * s) ^ 2 = exp (- s); last exact: step_s.
by rewrite -Rsqr_pow2 /Rsqr -exp_plus; congr exp; field.
Qed.

(* T7.8: gamma-weak learning gives the exponential rate. *)
Theorem boostresnet_rate g2 :
  (forall t, (t <= T)%N -> g2 <= gamma2 edge t) ->
  error weak T.+1 <= exp (- (INR T.+1 * g2 / 2)).
Proof.
move=> weakly; apply: Rle_trans boostresnet_bound _.
have : INR T.+1 * g2 <= \rsum_(t < T.+1) gamma2 edge t.
  by rewrite -rsum_const; apply: rsum_le => t _; apply: weakly; rewrite -ltnS.
move=> sum_le; case: (Rle_lt_or_eq_dec _ _ sum_le) => [lt|<-].
  by left; apply: exp_increasing; lra.
by right; congr exp; field.
Qed.

(* T7.9: the hypothesis of error_bound for this round needs one more condition:
   the old loss is not below sqrt(1 - edge ^ 2). *)
Theorem round_hypothesis :
  sqrt (1 - edge T ^ 2) <= uniform (fun i => exp (- (alpha T * u T i))) ->
  Z weak T <= sqrt (1 - gamma2 edge T).
Proof.
move=> old; have e0 : 0 < 1 - edge T ^ 2 by have := all_edges (leqnn T); lra.
have -> : 1 - gamma2 edge T = (1 - edge T.+1 ^ 2) / (1 - edge T ^ 2).
  by rewrite /gamma2; move: e0; move: (edge T ^ 2) (edge T.+1 ^ 2) => x y x0; field; lra.
have e1 : 0 <= 1 - edge T.+1 ^ 2 by nra.
rewrite sqrt_div //; move: cov_le0; rewrite /covariance mean_product mean_old => cov.
have s0 := sqrt_lt_R0 _ e0; apply: Rle_trans (Rminus_le _ _ cov) _.
apply: (@Rle_trans _ (sqrt (1 - edge T.+1 ^ 2) * / uniform (fun i => exp (- (alpha T * u T i))))).
  apply: Rmult_le_compat_r; last exact: mean_new.
  by left; apply: Rinv_0_lt_compat; apply: uniform_gt0 => j; exact: exp_pos.
apply: Rmult_le_compat_l; first exact: sqrt_pos.
exact: Rinv_le_contravar.
Qed.

End Bound.

End BoostResNet.
