(* Weights can only grow when the gradient is orthogonal to them               *)
(*                                                                            *)
(* Ids         T14.1, T14.2                                                   *)
(* Reference   Littwin, Wolf (2016), figure 1(e) and its confound: a loss that *)
(*             does not see the scale of w has a gradient orthogonal to w.    *)
(* Notation    dot u v, sqn u   inner product and squared norm                *)
(*             iterate t        w (t+1) = w t - eta t * g t (w t)             *)
From mathcomp Require Import all_ssreflect all_algebra ring.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import GRing.Theory Num.Theory Order.TTheory.
Local Open Scope ring_scope.

Section WeightNorm.

Variables (K : realFieldType) (d : nat).
Implicit Types (u v w : 'cV[K]_d).

Definition dot u v : K := \sum_i u i 0 * v i 0.
Definition sqn u : K := dot u u.

Lemma sqn_ge0 u : 0 <= sqn u.
Proof. by apply: sumr_ge0 => i _; rewrite -expr2 sqr_ge0. Qed.

Lemma sqn_step u v (e : K) : dot u v = 0 -> sqn (u - e *: v) = sqn u + e ^+ 2 * sqn v.
Proof.
move=> uv; transitivity (sqn u - 2%:R * e * dot u v + e ^+ 2 * sqn v); last first.
  by rewrite uv mulr0 subr0.
rewrite /sqn /dot !big_distrr -sumrB -big_split; apply: eq_bigr => i _ /=.
by rewrite !mxE; move: (u i 0) (v i 0) => x y; ring.
Qed.

Variables (w0 : 'cV[K]_d) (eta : nat -> K) (g : nat -> 'cV[K]_d -> 'cV[K]_d).

Fixpoint iterate t : 'cV[K]_d :=
  if t is s.+1 then iterate s - eta s *: g s (iterate s) else w0.

Hypothesis g_orth : forall t w, dot w (g t w) = 0.

Theorem weight_growth t :
  sqn (iterate t) = sqn w0 + \sum_(s < t) eta s ^+ 2 * sqn (g s (iterate s)).
Proof.
elim: t => [|t IHt] /=; first by rewrite big_ord0 addr0.
by rewrite sqn_step // IHt big_ord_recr addrA.
Qed.

Theorem weight_mono s t : (s <= t)%N -> sqn (iterate s) <= sqn (iterate t).
Proof.
move=> /subnKC <-; elim: (t - s)%N => [|k IHk]; first by rewrite addn0.
rewrite addnS /= sqn_step //; apply: le_trans IHk _.
by rewrite ler_addl mulr_ge0 ?sqr_ge0 ?sqn_ge0.
Qed.

End WeightNorm.
