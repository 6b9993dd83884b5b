(* One block of ResFGB lowers the risk                                        *)
(*                                                                            *)
(* Ids         T17.1 - T17.4                                                  *)
(* Reference   Nitanda, Suzuki (2018), functional gradient boosting.          *)
(* Notation    z i          features of sample i = 0 .. n, a column           *)
(*             loss i, G i  loss of sample i as a function of its features,   *)
(*                          and its gradient                                  *)
(*             iota i       embedding of sample i, |iota i| ^ 2 <= kap        *)
(*             ascent z     the matrix A, mean of G i (z i) (iota i)^T        *)
(*             frob A       sum of the squares of the entries of A            *)
(*             block z eta i    z i - eta A (iota i), one residual block      *)
From mathcomp Require Import all_ssreflect all_algebra ring.
From Hessian Require Import WeightNorm.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import GRing.Theory Num.Theory Order.TTheory.
Local Open Scope ring_scope.

Section CauchySchwarz.

Variable K : realFieldType.

Lemma cauchy_schwarz d (a x : 'I_d -> K) :
  (\sum_j a j * x j) ^+ 2 <= (\sum_j a j ^+ 2) * (\sum_j x j ^+ 2).
Proof.
rewrite -subr_ge0 -(pmulr_rge0 _ (ltr0n K 2)).
have -> : 2%:R * ((\sum_j a j ^+ 2) * (\sum_j x j ^+ 2) - (\sum_j a j * x j) ^+ 2) =
    \sum_j \sum_k (a j * x k - a k * x j) ^+ 2.
  have square j : \sum_k (a j * x k - a k * x j) ^+ 2 =
      a j ^+ 2 * (\sum_k x k ^+ 2) + x j ^+ 2 * (\sum_k a k ^+ 2)
      - 2%:R * (a j * x j * (\sum_k a k * x k)).
    by rewrite !big_distrr -big_split -sumrB; apply: eq_bigr => k _ /=; ring.
  rewrite (eq_bigr _ (fun j _ => square j)) sumrB big_split /= -!big_distrl -big_distrr /=.
  by rewrite -big_distrl /=; ring.
by apply: sumr_ge0 => j _; apply: sumr_ge0 => k _; apply: sqr_ge0.
Qed.

Definition frob d e (B : 'M[K]_(d, e)) : K := \sum_i \sum_j B i j ^+ 2.

Lemma frob_ge0 d e (B : 'M[K]_(d, e)) : 0 <= frob B.
Proof. by apply: sumr_ge0 => i _; apply: sumr_ge0 => j _; apply: sqr_ge0. Qed.

Lemma sqn_mulmx d e (B : 'M[K]_(d, e)) (x : 'cV[K]_e) : sqn (B *m x) <= frob B * sqn x.
Proof.
rewrite /sqn /dot /frob big_distrl; apply: ler_sum => i _ /=.
have -> : \sum_j x j 0 * x j 0 = \sum_j x j 0 ^+ 2 by apply: eq_bigr => j _; rewrite expr2.
by rewrite -expr2 mxE; apply: cauchy_schwarz.
Qed.

End CauchySchwarz.

Section Block.

Variables (K : realFieldType) (n d e : nat).
Variables (loss : 'I_n.+1 -> 'cV[K]_d -> K) (G : 'I_n.+1 -> 'cV[K]_d -> 'cV[K]_d) (M kap : K).
Hypothesis M_ge0 : 0 <= M.
Hypothesis smooth : forall i z v,
  loss i (z + v) <= loss i z + dot (G i z) v + M / 2%:R * sqn v.

Definition mean (F : 'I_n.+1 -> K) : K := n.+1%:R^-1 * \sum_i F i.
Definition risk (z : 'I_n.+1 -> 'cV[K]_d) : K := mean (fun i => loss i (z i)).

Definition ascent (iota : 'I_n.+1 -> 'cV[K]_e) z : 'M[K]_(d, e) :=
  n.+1%:R^-1 *: \sum_i G i (z i) *m (iota i)^T.

Definition block iota (eta : K) z (i : 'I_n.+1) : 'cV[K]_d :=
  z i - eta *: (ascent iota z *m iota i).

Lemma mean_le F F' : (forall i, F i <= F' i) -> mean F <= mean F'.
Proof. by move=> FF'; rewrite ler_pmul2l ?invr_gt0 ?ltr0n //; apply: ler_sum. Qed.

Lemma mean_const c : mean (fun=> c) = c.
Proof. by rewrite /mean sumr_const card_ord -[c *+ _]mulr_natl mulKf // pnatr_eq0. Qed.

(* T17.1: the functional gradient and its smoothed version have inner product |A| ^ 2. *)
Theorem ascent_condition iota z :
  mean (fun i => dot (G i (z i)) (ascent iota z *m iota i)) = frob (ascent iota z).
Proof.
set A := ascent iota z.
transitivity (\sum_a \sum_b A a b * (n.+1%:R^-1 * \sum_i G i (z i) a 0 * iota i b 0)).
  rewrite /mean /dot exchange_big big_distrr; apply: eq_bigr => a _ /=.
  rewrite (eq_bigr (fun i => \sum_b G i (z i) a 0 * (A a b * iota i b 0))) => [|i _]; last first.
    by rewrite mxE big_distrr.
  rewrite exchange_big big_distrr; apply: eq_bigr => b _ /=.
  rewrite [RHS]mulrCA; congr (_ * _); rewrite big_distrr.
  by apply: eq_bigr => i _ /=; ring.
apply: eq_bigr => a _; apply: eq_bigr => b _; rewrite expr2; congr (_ * _).
rewrite /A /ascent mxE summxE; congr (_ * _); apply: eq_bigr => i _.
by rewrite mxE big_ord1 mxE.
Qed.

Section OneBlock.

Variable iota : 'I_n.+1 -> 'cV[K]_e.
Hypothesis iota_le : forall i, sqn (iota i) <= kap.

Theorem descent_inequality eta z :
  risk (block iota eta z) <=
    risk z - eta * (1 - eta * M * kap / 2%:R) * frob (ascent iota z).
Proof.
set A := ascent iota z; pose c := M / 2%:R * (eta ^+ 2 * (frob A * kap)).
have c0 : 0 <= M / 2%:R by rewrite divr_ge0 ?ler0n.
have one i : loss i (block iota eta z i) <=
    loss i (z i) - eta * dot (G i (z i)) (A *m iota i) + c.
  apply: le_trans (smooth i (z i) (- (eta *: (A *m iota i)))) _.
  have -> : dot (G i (z i)) (- (eta *: (A *m iota i))) = - (eta * dot (G i (z i)) (A *m iota i)).
    rewrite /dot big_distrr -sumrN; apply: eq_bigr => a _ /=.
    by rewrite !mxE; ring.
  have -> : sqn (- (eta *: (A *m iota i))) = eta ^+ 2 * sqn (A *m iota i).
    rewrite /sqn /dot big_distrr; apply: eq_bigr => a _ /=.
    by rewrite !mxE; ring.
  rewrite ler_add2l /c ler_wpmul2l // ler_wpmul2l ?sqr_ge0 //.
  by apply: le_trans (sqn_mulmx _ _) _; rewrite ler_wpmul2l ?frob_ge0.
apply: le_trans (mean_le one) _; rewrite le_eqVlt; apply/orP; left; apply/eqP.
have -> : mean (fun i => loss i (z i) - eta * dot (G i (z i)) (A *m iota i) + c) =
    risk z - eta * mean (fun i => dot (G i (z i)) (A *m iota i)) + mean (fun=> c).
  by rewrite /risk /mean big_split sumrB -big_distrr /= mulrDr mulrBr [X in _ - X + _]mulrCA.
by rewrite ascent_condition mean_const /c -/A; field.
Qed.

End OneBlock.

(* Blocks one after the other, each with its own embedding. *)
Section Blocks.

Variables (iota : nat -> 'I_n.+1 -> 'cV[K]_e) (eta : K) (z0 : 'I_n.+1 -> 'cV[K]_d).
Hypothesis iota_le : forall t i, sqn (iota t i) <= kap.
Hypotheses (eta_ge0 : 0 <= eta) (eta_small : eta * M * kap <= 1).

Fixpoint features t : 'I_n.+1 -> 'cV[K]_d :=
  if t is s.+1 then block (iota s) eta (features s) else z0.

Theorem risk_step t :
  risk (features t.+1) <= risk (features t) - eta / 2%:R * frob (ascent (iota t) (features t)).
Proof.
apply: le_trans (descent_inequality (iota_le t) eta (features t)) _.
rewrite ler_add2l ler_opp2 ler_wpmul2r ?frob_ge0 // ler_wpmul2l //.
rewrite ler_subr_addr -[X in X + _]mul1r -mulrDl ler_pdivr_mulr ?ltr0n //.
by rewrite mul1r mulr2n ler_add2l.
Qed.

Theorem ascents_summable T :
  0 <= risk (features T) ->
  eta / 2%:R * (\sum_(t < T) frob (ascent (iota t) (features t))) <= risk z0.
Proof.
suff sum : risk (features T) + eta / 2%:R * (\sum_(t < T) frob (ascent (iota t) (features t)))
             <= risk z0.
  by move=> risk0; apply: le_trans sum; rewrite ler_addr.
elim: T => [|T IHT]; first by rewrite big_ord0 mulr0 addr0.
rewrite big_ord_recr /= mulrDr; apply: le_trans IHT.
by rewrite addrCA [leRHS]addrC ler_add2l -ler_subr_addr; apply: (risk_step T).
Qed.

End Blocks.

End Block.
