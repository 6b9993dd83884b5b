(* The residual stream and the deletion of one block                          *)
(*                                                                            *)
(* Ids         T9.1 - T9.3                                                    *)
(* Reference   Veit, Wilber, Belongie (2016), lesions;                        *)
(*             He, Zhang, Ren, Sun (2016), additive form of the stream.       *)
(* Notation    stream F x0 n   x n, with x (n+1) = x n + F n (x n)            *)
(*             lesion j F      F with block j replaced by zero                *)
(*             amplify K j n   product of 1 + K i over i = j+1 .. j+n         *)
From Coq Require Import Reals Lra.
From Coquelicot Require Import Coquelicot.
From mathcomp Require Import ssreflect ssrfun ssrbool eqtype ssrnat.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Local Open Scope R_scope.

Section Stream.

Variable V : NormedModule R_AbsRing.

Fixpoint stream (F : nat -> V -> V) (x0 : V) (n : nat) : V :=
  if n is m.+1 then plus (stream F x0 m) (F m (stream F x0 m)) else x0.

Definition lesion (j : nat) (F : nat -> V -> V) (i : nat) : V -> V :=
  if i == j then fun=> zero else F i.

Fixpoint amplify (K : nat -> R) (j n : nat) : R :=
  if n is m.+1 then amplify K j m * (1 + K (j + n)%N) else 1.

Variables (F : nat -> V -> V) (x0 : V).

Theorem stream_sum n : stream F x0 n.+1 = plus x0 (sum_n (fun i => F i (stream F x0 i)) n).
Proof.
elim: n => [|n IHn]; first by rewrite sum_O.
by rewrite sum_Sn plus_assoc -IHn.
Qed.

Lemma lesion_before j n : (n <= j)%N -> stream (lesion j F) x0 n = stream F x0 n.
Proof.
elim: n => //= n IHn nj; rewrite IHn; last exact: ltnW.
by rewrite /lesion ltn_eqF.
Qed.

Lemma lesion_at j : stream (lesion j F) x0 j.+1 = stream F x0 j.
Proof. by rewrite /= lesion_before // /lesion eqxx plus_zero_r. Qed.

Variable K : nat -> R.
Hypothesis K_ge0 : forall i, 0 <= K i.
Hypothesis F_lipschitz : forall i x y, norm (minus (F i x) (F i y)) <= K i * norm (minus x y).

Lemma amplify_ge0 j n : 0 <= amplify K j n.
Proof.
elim: n => [|n IHn] /=; first lra.
by apply: Rmult_le_pos => //; have := K_ge0 (j + n.+1)%N; lra.
Qed.

Theorem lesion_bound j n :
  norm (minus (stream F x0 (j + n).+1) (stream (lesion j F) x0 (j + n).+1))
    <= amplify K j n * norm (F j (stream F x0 j)).
Proof.
elim: n => [|n IHn].
  rewrite addn0 lesion_at /= Rmult_1_l; right; congr norm.
  by rewrite /minus plus_comm plus_assoc plus_opp_l plus_zero_l.
rewrite addnS; set m := (j + n).+1 in IHn *.
rewrite -/(stream F x0 m.+1) -/(stream (lesion j F) x0 m.+1) /=.
rewrite -/(stream F x0 m) -/(stream (lesion j F) x0 m).
move: IHn; set x := stream F x0 m; set y := stream (lesion j F) x0 m => IHn.
have -> : lesion j F m = F m.
  by rewrite /lesion /m eq_sym ltn_eqF // ltnS leq_addr.
have -> : minus (plus x (F m x)) (plus y (F m y)) = plus (minus x y) (minus (F m x) (F m y)).
  rewrite /minus opp_plus -!plus_assoc; congr plus.
  by rewrite (plus_assoc (F m x)) (plus_comm (F m x)) -(plus_assoc (opp y)).
apply: Rle_trans (norm_triangle _ _) _.
have Fm := F_lipschitz m x y; have Km := K_ge0 m.
rewrite (_ : (j + n.+1)%N = m); last by rewrite addnS.
apply: (@Rle_trans _ ((1 + K m) * norm (minus x y))); first lra.
rewrite (Rmult_comm (amplify K j n)) Rmult_assoc.
by apply: Rmult_le_compat_l => //; lra.
Qed.

Theorem amplify_exp c j n : (forall i, K i <= c) -> amplify K j n <= exp (c * INR n).
Proof.
move=> Kc; elim: n => [|n IHn]; first by rewrite Rmult_0_r exp_0 /=; lra.
rewrite [INR n.+1]S_INR Rmult_plus_distr_l Rmult_1_r exp_plus /=.
have Kn := Kc (j + n.+1)%N; have K0 := K_ge0 (j + n.+1)%N; have := exp_ineq1_le c.
by move=> ec; apply: Rmult_le_compat => //; [exact: amplify_ge0|lra|lra].
Qed.

End Stream.
