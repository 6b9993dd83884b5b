(* Batch normalisation: invariance with and without the stabiliser             *)
(*                                                                            *)
(* Ids         T6.4 - T6.7, T6.9                                              *)
(* Reference   Ioffe, Szegedy (2015); Littwin, Wolf (2016), section 4.1.      *)
(* Notation    z            pre-activations of a batch of n + 1 samples       *)
(*             mean z, var z   their mean and (biased) variance               *)
(*             bn e z i     (z i - mean z) / sqrt (var z + e)                 *)
From Coq Require Import Reals Lra.
From Coquelicot Require Import Coquelicot.
From mathcomp Require Import all_ssreflect.
From Hessian Require Import Sums Homogeneous.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Local Open Scope R_scope.

Section BatchNorm.

Variable n : nat.
Implicit Types z : 'I_n.+1 -> R.

Definition mean z : R := / INR n.+1 * \rsum_(i < n.+1) z i.
Definition var z : R := mean (fun i => (z i - mean z) ^ 2).
Definition bn (e : R) z (i : 'I_n.+1) : R := (z i - mean z) / sqrt (var z + e).

Lemma mean_ext z z' : z =1 z' -> mean z = mean z'.
Proof. by move=> zE; congr (_ * _); apply: eq_bigr => i _; apply: zE. Qed.

Lemma mean_scal c z : mean (fun i => c * z i) = c * mean z.
Proof. by rewrite /mean rsum_scal -!Rmult_assoc (Rmult_comm c). Qed.

Lemma size_neq0 : INR n.+1 <> 0.
Proof. exact: not_0_INR. Qed.

Lemma mean_affine c b z : mean (fun i => c * z i + b) = c * mean z + b.
Proof.
rewrite /mean rsum_split rsum_scal rsum_const; move: size_neq0.
by move: (INR n.+1) (\rsum_(i < n.+1) z i) => N S NN; field.
Qed.

Lemma var_ge0 z : 0 <= var z.
Proof.
apply: Rmult_le_pos; first by apply: Rlt_le; apply: Rinv_0_lt_compat; apply: lt_0_INR; apply/ltP.
by apply: rsum_ge0 => i _; apply: pow2_ge_0.
Qed.

Lemma var_affine c b z : var (fun i => c * z i + b) = c ^ 2 * var z.
Proof.
rewrite /var mean_affine -(mean_scal (c ^ 2)); apply: mean_ext => i; ring.
Qed.

Theorem bn_affine c b e z i :
  0 < c -> 0 < var z + e -> bn (c ^ 2 * e) (fun j => c * z j + b) i = bn e z i.
Proof.
move=> c0 v0; rewrite /bn mean_affine var_affine.
rewrite (_ : c ^ 2 * var z + c ^ 2 * e = c ^ 2 * (var z + e)); last by ring.
have s0 := sqrt_lt_R0 _ v0.
rewrite sqrt_mult_alt; last exact: pow2_ge_0.
by rewrite sqrt_pow2; [field; lra|lra].
Qed.

Theorem bn_invariant c b z i : 0 < c -> bn 0 (fun j => c * z j + b) i = bn 0 z i.
Proof.
move=> c0; case: (Rle_lt_or_eq_dec _ _ (var_ge0 z)) => v0.
  by have := @bn_affine c b 0 z i c0; rewrite Rmult_0_r; apply; lra.
have centred : \rsum_(j < n.+1) (z j - mean z) ^ 2 = 0.
  move: v0; rewrite /var {1}/mean => v0; apply: (Rmult_eq_reg_l (/ INR n.+1)); first lra.
  exact/Rinv_neq_0_compat/size_neq0.
have zi : z i - mean z = 0.
  have sq0 : (z i - mean z) ^ 2 = 0.
    have rest : 0 <= \big[Rplus/0]_(j < n.+1 | j != i) (z j - mean z) ^ 2.
      by apply: rsum_ge0 => j _; apply: pow2_ge_0.
    have parts : 0 = (z i - mean z) ^ 2 + \big[Rplus/0]_(j < n.+1 | j != i) (z j - mean z) ^ 2.
      by rewrite -[LHS]centred (bigD1 i).
    have := pow2_ge_0 (z i - mean z); lra.
  by move: sq0; rewrite -Rsqr_pow2; apply: Rsqr_0_uniq.
rewrite /bn mean_affine zi (_ : c * z i + b - (c * mean z + b) = c * (z i - mean z)).
  by rewrite zi Rmult_0_r /Rdiv !Rmult_0_l.
by ring.
Qed.

Theorem bn_second_moment e z :
  0 < var z + e -> mean (fun i => bn e z i ^ 2) = var z / (var z + e).
Proof.
move=> v0; have s2 : sqrt (var z + e) ^ 2 = var z + e by rewrite -Rsqr_pow2 Rsqr_sqrt; lra.
rewrite (@mean_ext _ (fun i => / (var z + e) * (z i - mean z) ^ 2)) => [|i].
  by rewrite mean_scal /Rdiv Rmult_comm.
have sN := sqrt_lt_R0 _ v0; rewrite -[in RHS]s2 /bn; field; lra.
Qed.

(* A network block: the loss sees w through the normalised pre-activations only. *)
Section Network.

Variables (V : NormedModule R_AbsRing) (act : V -> 'I_n.+1 -> R) (loss : ('I_n.+1 -> R) -> R).
Hypothesis act_hom : forall c w i, 0 < c -> act (scal c w) i = c * act w i.
Hypothesis loss_ext : forall y y', y =1 y' -> loss y = loss y'.

Definition block_loss w := loss (bn 0 (act w)).

Lemma block_loss_invariant c w : 0 < c -> block_loss (scal c w) = block_loss w.
Proof.
move=> c0; apply: loss_ext => i; rewrite -[RHS](@bn_invariant c 0) //.
have actE j : act (scal c w) j = c * act w j + 0 by rewrite act_hom // Rplus_0_r.
rewrite /bn (mean_ext actE) actE; congr (_ / sqrt (_ + _)).
by rewrite /var; apply: mean_ext => j; rewrite (mean_ext actE) actE.
Qed.

Theorem block_gradient w D : differential block_loss w D -> D w = 0.
Proof. by apply: gradient_orthogonal => c u; apply: block_loss_invariant. Qed.

Theorem block_hessian (Df : V -> V -> R) w v D2 :
  (forall u, u <> zero -> differential block_loss u (fun v => Df v u)) ->
  w <> zero -> differential (Df v) w D2 -> D2 w = - Df v w.
Proof.
by move=> Dd w0; apply: (hessian_direction _ Dd w0) => c u; apply: block_loss_invariant.
Qed.

End Network.

End BatchNorm.
