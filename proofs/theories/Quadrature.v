(* The weights of Gauss quadrature add up to one                              *)
(*                                                                            *)
(* Ids         T18.1, T18.2                                                   *)
(* Reference   Golub, Welsch (1969); Golub, Meurant (2010), chapter 6.        *)
(* Notation    Q            orthogonal m x m matrix, its columns the          *)
(*                          eigenvectors of the Jacobi matrix T               *)
(*             lam i        eigenvalues, the nodes                            *)
(*             jacobi       T = Q diag(lam) Q^T                               *)
(*             weight i     square of the first entry of eigenvector i        *)
From mathcomp Require Import all_ssreflect all_algebra.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import GRing.Theory.
Local Open Scope ring_scope.

Section Quadrature.

Variables (K : comRingType) (m : nat) (Q : 'M[K]_m.+1) (lam : 'I_m.+1 -> K).
Hypothesis Q_orth : Q *m Q^T = 1%:M.

Definition jacobi : 'M[K]_m.+1 := Q *m diag_mx (\row_i lam i) *m Q^T.
Definition weight i : K := Q 0 i ^+ 2.

Theorem weights_total : \sum_i weight i = 1.
Proof.
transitivity ((Q *m Q^T) 0 0); last by rewrite Q_orth mxE eqxx.
by rewrite mxE; apply: eq_bigr => i _; rewrite mxE /weight expr2.
Qed.

Lemma jacobi_exp k : jacobi ^+ k = Q *m diag_mx (\row_i lam i ^+ k) *m Q^T.
Proof.
have Q_orth' : Q^T *m Q = 1%:M by apply: mulmx1C.
elim: k => [|k IHk].
  rewrite expr0 -[LHS]Q_orth; congr (_ *m _); rewrite -[LHS]mulmx1; congr (_ *m _).
  by apply/matrixP => i j; rewrite !mxE expr0.
rewrite exprS IHk /jacobi -[_ * _]/(_ *m _) !mulmxA -(mulmxA _ Q^T Q) Q_orth' mulmx1.
congr (_ *m _); rewrite -mulmxA mulmx_diag; congr (_ *m diag_mx _).
by apply/rowP => i; rewrite !mxE exprS.
Qed.

Theorem quadrature_moment k : (jacobi ^+ k) 0 0 = \sum_i weight i * lam i ^+ k.
Proof.
rewrite jacobi_exp mxE; apply: eq_bigr => i _; rewrite !mxE /weight (bigD1 i) //= big1.
  by rewrite !mxE eqxx mulr1n addr0 mulrAC -expr2.
by move=> j ji; rewrite !mxE (negbTE ji) mulr0.
Qed.

End Quadrature.
