(* Finite sums and products of real numbers                                   *)
(*                                                                            *)
(* Ids         none; lemmas shared by the files about real numbers            *)
(* Reference   big operators of the Mathematical Components library           *)
(* Notation    \rsum_(i < n) F, \rsum_(i | P) F   sums in R                   *)
(*             \rprod_(i < n) F                   products in R               *)
From Coq Require Import Reals Lra Lia.
From mathcomp Require Import all_ssreflect.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Local Open Scope R_scope.

Lemma RplusA : associative Rplus. Proof. by move=> x y z; rewrite Rplus_assoc. Qed.
Lemma RmultA : associative Rmult. Proof. by move=> x y z; rewrite Rmult_assoc. Qed.

Canonical Rplus_monoid := Monoid.Law RplusA Rplus_0_l Rplus_0_r.
Canonical Rplus_comoid := Monoid.ComLaw Rplus_comm.
Canonical Rmult_monoid := Monoid.Law RmultA Rmult_1_l Rmult_1_r.
Canonical Rmult_comoid := Monoid.ComLaw Rmult_comm.
Canonical Rmult_muloid := Monoid.MulLaw Rmult_0_l Rmult_0_r.
Canonical Rplus_addoid := Monoid.AddLaw Rmult_plus_distr_r Rmult_plus_distr_l.

Notation "\rsum_ ( i < n ) F" := (\big[Rplus/0]_(i < n) F%R)
  (at level 36, F at level 36, i, n at level 50,
   format "'[' \rsum_ ( i  <  n ) '/  '  F ']'") : R_scope.
Notation "\rsum_ ( i | P ) F" := (\big[Rplus/0]_(i | P) F%R)
  (at level 36, F at level 36, i at level 50,
   format "'[' \rsum_ ( i  |  P ) '/  '  F ']'") : R_scope.
Notation "\rsum_ ( i < n | P ) F" := (\big[Rplus/0]_(i < n | P) F%R)
  (at level 36, F at level 36, i, n at level 50,
   format "'[' \rsum_ ( i  <  n  |  P ) '/  '  F ']'") : R_scope.
Notation "\rprod_ ( i < n ) F" := (\big[Rmult/1]_(i < n) F%R)
  (at level 36, F at level 36, i, n at level 50,
   format "'[' \rprod_ ( i  <  n ) '/  '  F ']'") : R_scope.

Section Sums.

Variables (I : Type) (r : seq I) (P : pred I).
Implicit Types F G : I -> R.

Lemma rsum_ge0 F : (forall i, P i -> 0 <= F i) -> 0 <= \big[Rplus/0]_(i <- r | P i) F i.
Proof. by move=> F0; apply: (big_ind (fun x => 0 <= x)) => //; [lra|move=> x y; lra]. Qed.

Lemma rsum_le F G :
  (forall i, P i -> F i <= G i) ->
  \big[Rplus/0]_(i <- r | P i) F i <= \big[Rplus/0]_(i <- r | P i) G i.
Proof. by move=> FG; apply: (big_ind2 (fun x y => x <= y)) => //; [lra|move=> *; lra]. Qed.

Lemma rsum_split F G :
  \big[Rplus/0]_(i <- r | P i) (F i + G i) =
  \big[Rplus/0]_(i <- r | P i) F i + \big[Rplus/0]_(i <- r | P i) G i.
Proof. exact: big_split. Qed.

Lemma rsum_scal (c : R) F :
  \big[Rplus/0]_(i <- r | P i) (c * F i) = c * \big[Rplus/0]_(i <- r | P i) F i.
Proof. by rewrite big_distrr. Qed.

Lemma rsum_sub F G :
  \big[Rplus/0]_(i <- r | P i) (F i - G i) =
  \big[Rplus/0]_(i <- r | P i) F i - \big[Rplus/0]_(i <- r | P i) G i.
Proof.
rewrite (_ : forall a b, a - b = a + (-1) * b); last by move=> *; ring.
rewrite -rsum_scal -rsum_split; apply: eq_bigr => i _; ring.
Qed.

Lemma rprod_gt0 F : (forall i, P i -> 0 < F i) -> 0 < \big[Rmult/1]_(i <- r | P i) F i.
Proof.
move=> F0; apply: (big_ind (fun x => 0 < x)) => //; first lra.
exact: Rmult_lt_0_compat.
Qed.

Lemma rprod_ge0 F : (forall i, P i -> 0 <= F i) -> 0 <= \big[Rmult/1]_(i <- r | P i) F i.
Proof.
move=> F0; apply: (big_ind (fun x => 0 <= x)) => //; first lra.
exact: Rmult_le_pos.
Qed.

End Sums.

Lemma rsum_gt0 n (F : nat -> R) (k : 'I_n) :
  (forall i : 'I_n, 0 <= F i) -> 0 < F k -> 0 < \rsum_(i < n) F i.
Proof.
move=> F0 Fk; rewrite (bigD1 k) //=.
apply: Rplus_lt_le_0_compat => //; exact: rsum_ge0.
Qed.

Lemma rsum_eq0 n (F : nat -> R) :
  (forall i : 'I_n, 0 <= F i) -> \rsum_(i < n) F i = 0 -> forall i : 'I_n, F i = 0.
Proof.
move=> F0 sum0 i; case: (Rle_lt_or_eq_dec 0 (F i) (F0 i)) => // Fi.
have := @rsum_gt0 n F i F0 Fi; lra.
Qed.

Lemma rsum_const n (c : R) : \rsum_(i < n) c = INR n * c.
Proof.
elim: n => [|n IHn]; first by rewrite big_ord0 Rmult_0_l.
by rewrite big_ord_recr IHn [INR _.+1]S_INR /=; ring.
Qed.

Lemma exp_rsum n (F : nat -> R) : exp (\rsum_(i < n) F i) = \rprod_(i < n) exp (F i).
Proof.
elim: n => [|n IHn]; first by rewrite !big_ord0 exp_0.
by rewrite !big_ord_recr /= exp_plus IHn.
Qed.
