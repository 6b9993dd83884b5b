(* Unravelling a linear residual network, and the exact depth recurrence      *)
(*                                                                            *)
(* Ids         T1.1 - T1.7, T2.1 - T2.4                                       *)
(* Reference   Veit, Wilber, Belongie (2016), unravelled view;                *)
(*             Littwin, Wolf (2016), equation (8).                            *)
(* Notation    A i        the branch of block i, an element of a ring R       *)
(*             net A n    (1 + A (n-1)) ... (1 + A 0)                         *)
(*             path_op A J    product of A i over i in J, newest leftmost     *)
(*             layer_sum A n k   sum of path_op A J over the k-subsets J      *)
From mathcomp Require Import all_ssreflect all_algebra.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import GRing.Theory.
Local Open Scope ring_scope.

(* A non-commutative product of sums, over any choice of one of two terms. *)
Lemma prod_add_set (R : ringType) n (F G : 'I_n -> R) :
  \prod_(i < n) (F i + G i) =
    \sum_(J : {set 'I_n}) \prod_(i < n) (if i \in J then G i else F i).
Proof.
pose H i (c : bool) := if c then G i else F i.
have split2 i : F i + G i = \sum_(c : bool) H i c.
  by rewrite big_bool /= addrC.
rewrite (eq_bigr (fun i => \sum_(c : bool) H i c)); last by move=> i _; apply: split2.
rewrite bigA_distr_bigA (reindex (fun J : {set 'I_n} => [ffun i => i \in J])) /=.
  by apply: eq_bigr => J _; apply: eq_bigr => i _; rewrite ffunE.
exists (fun f : {ffun 'I_n -> bool} => [set i | f i]) => [J _ | f _].
  by apply/setP => i; rewrite inE ffunE.
by apply/ffunP => i; rewrite ffunE inE.
Qed.

Section Definitions.

Variables (R : ringType) (A : nat -> R).

Fixpoint net n : R := if n is m.+1 then (1 + A m) * net m else 1.

Definition path_op n (J : {set 'I_n}) : R :=
  \prod_(i < n) (if rev_ord i \in J then A (rev_ord i) else 1).

Definition layer_sum n k : R := \sum_(J : {set 'I_n} | #|J| == k) path_op J.

Lemma net_prod n : net n = \prod_(i < n) (1 + A (rev_ord i)).
Proof.
elim: n => [|n IHn] /=; first by rewrite big_ord0.
rewrite big_ord_recl /= subn1 IHn.
by congr (_ * _); apply: eq_bigr => i _; rewrite /= subSS.
Qed.

Lemma sum_by_card (V : zmodType) n (F : {set 'I_n} -> V) :
  \sum_(J : {set 'I_n}) F J = \sum_(k < n.+1) \sum_(J : {set 'I_n} | #|J| == k) F J.
Proof.
have small (J : {set 'I_n}) : (#|J| < n.+1)%N.
  by rewrite ltnS -[X in (_ <= X)%N](card_ord n) max_card.
by rewrite (partition_big (fun J => Ordinal (small J)) predT).
Qed.

Theorem net_unravel n : net n = \sum_(J : {set 'I_n}) path_op J.
Proof.
rewrite net_prod prod_add_set.
rewrite (reindex (fun J : {set 'I_n} => [set i | rev_ord i \in J])) /=.
  by apply: eq_bigr => J _; apply: eq_bigr => i _; rewrite inE.
exists (fun J : {set 'I_n} => [set i | rev_ord i \in J]) => J _;
  by apply/setP => i; rewrite !inE rev_ordK.
Qed.

Theorem net_layers n : net n = \sum_(k < n.+1) layer_sum n k.
Proof. by rewrite net_unravel sum_by_card. Qed.

Theorem card_layer n k : #|[set J : {set 'I_n} | #|J| == k]| = 'C(n, k).
Proof. by rewrite card_draws card_ord. Qed.

Theorem card_all_layers n : #|{set 'I_n}| = (2 ^ n)%N.
Proof. by rewrite -cardsT -powersetT card_powerset cardsT card_ord. Qed.

End Definitions.

Lemma count_rev_ord n (J : {set 'I_n}) :
  count (fun i => rev_ord i \in J) (index_enum [finType of 'I_n]) = #|J|.
Proof.
rewrite -[RHS](card_preimset J (@rev_ord_inj n)) -sum1_card -sum1_count.
by apply: eq_bigl => i; rewrite inE.
Qed.

(* Scaling every branch by b weighs the paths of length k by b ^ k. *)
Section Scaled.

Variables (K : comRingType) (R : algType K) (A : nat -> R).

Lemma path_op_weighted (c : nat -> K) n (J : {set 'I_n}) :
  path_op (fun i => c i *: A i) J = (\prod_(i in J) c i) *: path_op A J.
Proof.
pose g (i : 'I_n) := if rev_ord i \in J then c (rev_ord i) else 1.
have -> : \prod_(i in J) c i = \prod_(i < n) g i.
  by rewrite big_mkcond (reindex_inj rev_ord_inj).
rewrite /path_op -scaler_prod; apply: eq_bigr => i _; rewrite /g.
by case: ifP; rewrite ?scale1r.
Qed.

Lemma path_op_scaled (b : K) n (J : {set 'I_n}) :
  path_op (fun i => b *: A i) J = b ^+ #|J| *: path_op A J.
Proof. by rewrite (path_op_weighted (fun=> b)) prodr_const. Qed.

Theorem unravel_scaled (b : K) n :
  net (fun i => b *: A i) n = \sum_(k < n.+1) b ^+ k *: layer_sum A n k.
Proof.
rewrite net_layers; apply: eq_bigr => k _; rewrite /layer_sum scaler_sumr.
by apply: eq_bigr => J /eqP <-; apply: path_op_scaled.
Qed.

End Scaled.

Theorem unravel_comm (K : comRingType) (a : nat -> K) (b : K) n :
  \prod_(i < n) (1 + b * a i) =
    \sum_(k < n.+1) b ^+ k * \sum_(J : {set 'I_n} | #|J| == k) \prod_(i in J) a i.
Proof.
rewrite prod_add_set sum_by_card; apply: eq_bigr => k _.
rewrite big_distrr /=; apply: eq_bigr => J /eqP <-.
by rewrite -big_mkcond big_split /= prodr_const.
Qed.

(* The generating polynomial of the layers, R not commutative. *)
Section Generating.

Variables (R : ringType) (A : nat -> R).

Fixpoint gen n : {poly R} := if n is m.+1 then (1 + (A m)%:P * 'X) * gen m else 1.

Lemma gen_net n : gen n = net (fun i => (A i)%:P * 'X) n.
Proof. by elim: n => //= n ->. Qed.

Lemma path_op_poly n (J : {set 'I_n}) :
  path_op (fun i => (A i)%:P * 'X) J = (path_op A J)%:P * 'X^#|J|.
Proof.
rewrite /path_op -count_rev_ord.
elim: (index_enum _) => [|i s IHs]; first by rewrite !big_nil mulr1.
rewrite !big_cons IHs /=; case: ifP => _; last by rewrite !mul1r add0n.
by rewrite polyCM exprS -!mulrA (mulrA 'X) -commr_polyX !mulrA.
Qed.

Theorem coef_gen n k : (gen n)`_k = layer_sum A n k.
Proof.
rewrite gen_net net_unravel coef_sum /layer_sum [RHS]big_mkcond /=.
apply: eq_bigr => J _; rewrite path_op_poly coefCM coefXn.
by rewrite eq_sym; case: eqP => _; rewrite ?mulr1 ?mulr0.
Qed.

(* T2.1: the recurrence that gives every layer sum in O(n k) products. *)
Fixpoint El n k : R :=
  match n, k with
  | _, 0 => 1
  | 0, _.+1 => 0
  | m.+1, l.+1 => El m l.+1 + A m * El m l
  end.

Lemma coef_gen_El n k : (gen n)`_k = El n k.
Proof.
elim: n k => [|n IHn] [|k] /=; rewrite ?coef1 //.
  by rewrite mulrDl mul1r -mulrA coefD coefCM coefXM /= mulr0 addr0 IHn; case: n {IHn}.
by rewrite mulrDl mul1r -mulrA coefD coefCM coefXM /= !IHn.
Qed.

Theorem El_correct n k : El n k = layer_sum A n k.
Proof. by rewrite -coef_gen_El coef_gen. Qed.

End Generating.

(* T2.2, T2.3: the table of K + 1 vectors, updated in place, newest block last. *)
Section Table.

Variables (R : ringType) (V : zmodType) (act : R -> V -> V).
Hypothesis act_1 : forall v, act 1 v = v.
Hypothesis act_mul : forall a b v, act (a * b) v = act a (act b v).
Hypothesis act_addl : forall a b v, act (a + b) v = act a v + act b v.

(* entries k, k-1, ..., 1 in this order: entry j gains a applied to entry j-1 *)
Fixpoint sweep a k (t : seq V) : seq V :=
  if k is j.+1 then sweep a j (set_nth 0 t j.+1 (t`_j.+1 + act a t`_j)) else t.

Fixpoint table (A : nat -> R) K n v : seq V :=
  if n is m.+1 then sweep (A m) K (table A K m v) else v :: nseq K 0.

Lemma act0l v : act 0 v = 0.
Proof. by apply: (@addrI _ (act 0 v)); rewrite -act_addl !addr0. Qed.

Lemma act_suml (I : Type) (r : seq I) (P : pred I) (F : I -> R) v :
  act (\sum_(i <- r | P i) F i) v = \sum_(i <- r | P i) act (F i) v.
Proof. by apply: (big_morph (act^~ v) (fun a b => act_addl a b v) (act0l v)). Qed.

Lemma nth_sweep a k t j :
  (sweep a k t)`_j = if (0 < j <= k)%N then t`_j + act a t`_j.-1 else t`_j.
Proof.
elim: k t j => [|k IHk] t j /=; first by case: j.
rewrite IHk !nth_set_nth /=; case: j => [|j] //=.
rewrite ltnS eqSS; case: (ltngtP j k) => [jk|kj|->] /=.
- by rewrite (ltn_eqF (leq_trans jk (leqnSn _))).
- by [].
- by [].
Qed.

Lemma nth_table A K n v k :
  (k <= K)%N -> (table A K n v)`_k = act (El A n k) v.
Proof.
elim: n k => [|n IHn] [|k] kK /=; rewrite ?act_1 ?act0l ?nth_nseq ?if_same //.
  by rewrite nth_sweep /= IHn //; case: n {IHn} => [|n]; rewrite /= act_1.
by rewrite nth_sweep /= kK !IHn ?(ltnW kK) // act_addl act_mul.
Qed.

Theorem table_correct A K n v k :
  (k <= K)%N -> (table A K n v)`_k = act (layer_sum A n k) v.
Proof. by move=> kK; rewrite nth_table ?El_correct. Qed.

Theorem table_total A K n v :
  (n <= K)%N -> \sum_(k < n.+1) (table A K n v)`_k = act (net A n) v.
Proof.
move=> nK; rewrite net_layers act_suml; apply: eq_bigr => k _.
by rewrite table_correct // (leq_trans _ nK) // -ltnS ltn_ord.
Qed.

End Table.

(* The instance that the code runs: square matrices acting on columns. *)
Theorem table_correct_mx (R : ringType) d (A : nat -> 'M[R]_d.+1) K n
    (v : 'cV[R]_d.+1) k :
  (k <= K)%N ->
  (table (fun M u => M *m u) A K n v)`_k = layer_sum A n k *m v.
Proof.
move=> kK; pose mulv (M : 'M[R]_d.+1) (u : 'cV[R]_d.+1) := M *m u.
have mulv_1 u : mulv 1 u = u by apply: mul1mx.
have mulv_mul a b u : mulv (a * b) u = mulv a (mulv b u) by rewrite [RHS]mulmxA.
have mulv_addl a b u : mulv (a + b) u = mulv a u + mulv b u by apply: mulmxDl.
by rewrite (table_correct mulv_1 mulv_mul mulv_addl A n v kK).
Qed.
