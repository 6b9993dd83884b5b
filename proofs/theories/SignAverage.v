(* Averages over random signs of the branches                                 *)
(*                                                                            *)
(* Ids         T10.1, T10.2                                                   *)
(* Reference   Littwin, Wolf (2016), equation (8), read with independent      *)
(*             signs in place of the gates.                                   *)
(* Notation    signs n       all maps from the n blocks to {+1, -1}           *)
(*             sgn s i       the sign of block i, a scalar                    *)
(*             average F     mean of F over all signs                         *)
(*             sqnorm v      sum of the squares of the entries of v           *)
From mathcomp Require Import all_ssreflect all_algebra.
From Hessian Require Import Unravel.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section SignAverage.

Variable K : numFieldType.

Definition sqnorm d (v : 'cV[K]_d) : K := \sum_i v i 0 ^+ 2.

Definition signs n := {ffun 'I_n -> bool}.

(* block i >= n has sign +1, it is never read *)
Definition sgn n (s : signs n) (i : nat) : K :=
  if insub i is Some o then (-1) ^+ s o else 1.

Definition average n (F : signs n -> K) : K := (2 ^ n)%:R^-1 * \sum_(s : signs n) F s.

Lemma sgn_ord n (s : signs n) (i : 'I_n) : sgn s i = (-1) ^+ s i.
Proof. by rewrite /sgn valK. Qed.

Definition chi n (J : {set 'I_n}) (s : signs n) : K := \prod_(i in J) sgn s i.

Lemma chi_orth n (J L : {set 'I_n}) :
  \sum_(s : signs n) chi J s * chi L s = if J == L then (2 ^ n)%:R else 0.
Proof.
pose g (i : 'I_n) (c : bool) : K :=
  (if i \in J then (-1) ^+ c else 1) * (if i \in L then (-1) ^+ c else 1).
have gE s : chi J s * chi L s = \prod_i g i (s i).
  rewrite /chi (eq_bigr (fun i => (-1) ^+ s i)) => [|i _]; last exact: sgn_ord.
  rewrite [X in _ * X](eq_bigr (fun i => (-1) ^+ s i)) => [|i _]; last exact: sgn_ord.
  by rewrite big_mkcond [X in _ * X]big_mkcond -big_split.
rewrite (eq_bigr _ (fun s _ => gE s)) -(bigA_distr_bigA g).
have sum_g i : \sum_(c : bool) g i c = if (i \in J) == (i \in L) then 2%:R else 0.
  rewrite big_bool /g; case: (i \in J); case: (i \in L) => /=;
  by rewrite ?expr1 ?expr0 ?mulrNN ?mulr1 ?mul1r ?addNr.
rewrite (eq_bigr _ (fun i _ => sum_g i)); case: eqP => [->|/eqP JL].
  rewrite (eq_bigr (fun=> 2%:R)) => [|i _]; last by rewrite eqxx.
  by rewrite prodr_const card_ord natrX.
suff /existsP[i iJL] : [exists i, (i \in J) != (i \in L)].
  by rewrite (bigD1 i) //= (negbTE iJL) mul0r.
by move: JL; apply: contraR => /existsPn JL; apply/eqP/setP => i; apply/eqP/negPn.
Qed.

Lemma average_sqnorm n d (P : pred {set 'I_n}) (w : {set 'I_n} -> 'cV[K]_d) :
  average (fun s => sqnorm (\sum_(J | P J) chi J s *: w J)) = \sum_(J | P J) sqnorm (w J).
Proof.
rewrite /average /sqnorm exchange_big [RHS]exchange_big big_distrr.
apply: eq_bigr => i _ /=; set x := fun J => w J i 0.
have expand s : (\sum_(J | P J) chi J s *: w J) i 0 ^+ 2 =
    \sum_(J | P J) \sum_(L | P L) x J * x L * (chi J s * chi L s).
  rewrite summxE expr2 big_distrl; apply: eq_bigr => J _ /=.
  rewrite big_distrr; apply: eq_bigr => L _; rewrite !mxE /= (mulrC (chi J s)) (mulrC (chi L s)).
  by rewrite mulrACA.
rewrite (eq_bigr _ (fun s _ => expand s)) exchange_big big_distrr.
apply: eq_bigr => J PJ /=; rewrite exchange_big (bigD1 J) //= -big_distrr chi_orth eqxx /=.
rewrite big1 => [|L /andP[_ LJ]]; last first.
  by rewrite -big_distrr chi_orth [J == L]eq_sym (negbTE LJ) /= mulr0.
by rewrite addr0 mulrC mulfK ?expr2 // pnatr_eq0 expn_eq0.
Qed.

Variables (d : nat) (A : nat -> 'M[K]_d.+1) (v : 'cV[K]_d.+1).

Definition signed n (s : signs n) (i : nat) : 'M[K]_d.+1 := sgn s i *: A i.

Lemma signed_layer n (s : signs n) k :
  layer_sum (signed s) n k *m v =
    \sum_(J : {set 'I_n} | #|J| == k) chi J s *: (path_op A J *m v).
Proof.
rewrite mulmx_suml; apply: eq_bigr => J _.
by rewrite (path_op_weighted A (sgn s)) -scalemxAl.
Qed.

Lemma signed_net n (s : signs n) :
  net (signed s) n *m v = \sum_(J : {set 'I_n}) chi J s *: (path_op A J *m v).
Proof.
rewrite net_unravel mulmx_suml; apply: eq_bigr => J _.
by rewrite (path_op_weighted A (sgn s)) -scalemxAl.
Qed.

Theorem sign_average n :
  average (fun s : signs n => sqnorm (net (signed s) n *m v)) =
    \sum_(J : {set 'I_n}) sqnorm (path_op A J *m v).
Proof.
rewrite -(average_sqnorm predT (fun J => path_op A J *m v)); congr (_ * _).
by apply: eq_bigr => s _; rewrite signed_net.
Qed.

Theorem sign_average_layer n k :
  average (fun s : signs n => sqnorm (layer_sum (signed s) n k *m v)) =
    \sum_(J : {set 'I_n} | #|J| == k) sqnorm (path_op A J *m v).
Proof.
rewrite -(average_sqnorm (fun J => #|J| == k) (fun J => path_op A J *m v)); congr (_ * _).
by apply: eq_bigr => s _; rewrite signed_layer.
Qed.

End SignAverage.
