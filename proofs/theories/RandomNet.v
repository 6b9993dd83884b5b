(* Second moments of random linear residual networks, exactly                  *)
(*                                                                            *)
(* Ids         T12.1 - T12.7                                                  *)
(* Reference   Littwin, Wolf (2016), equation (8), gates removed;             *)
(*             Veit, Wilber, Belongie (2016), contributions by path length.   *)
(* Notation    S, mu l, W l  law of block l: sample s in S has probability    *)
(*                           mu l s and weight matrix W l s, d x d            *)
(*             ens n         samples of n independent blocks                  *)
(*             expect F      expectation over ens n                           *)
(*             gain l        d * sig2 l, with sig2 l the variance of an entry  *)
From mathcomp Require Import all_ssreflect all_algebra ring.
From Hessian Require Import Unravel SignAverage.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import GRing.Theory Num.Theory.
Local Open Scope ring_scope.

(* The recurrence reads the first n blocks only. *)
Lemma El_ext (R : ringType) (A B : nat -> R) n k :
  (forall i, (i < n)%N -> A i = B i) -> El A n k = El B n k.
Proof.
elim: n k => [|n IHn] [|k] //= AB.
by rewrite AB // !IHn // => i iN; apply: AB; apply: leq_trans iN _.
Qed.

Lemma net_ext (R : ringType) (A B : nat -> R) n :
  (forall i, (i < n)%N -> A i = B i) -> net A n = net B n.
Proof.
elim: n => //= n IHn AB; rewrite AB // IHn // => i iN.
by apply: AB; apply: leq_trans iN _.
Qed.

(* In a commutative ring the layer sums are elementary symmetric polynomials. *)
Lemma path_op_comm (K : comRingType) (a : nat -> K) n (J : {set 'I_n}) :
  path_op a J = \prod_(i in J) a i.
Proof. by rewrite [RHS]big_mkcond (reindex_inj rev_ord_inj). Qed.

Theorem layer_sum_comm (K : comRingType) (a : nat -> K) n k :
  layer_sum a n k = \sum_(J : {set 'I_n} | #|J| == k) \prod_(i in J) a i.
Proof. by apply: eq_bigr => J _; apply: path_op_comm. Qed.

Theorem layer_sum_const (K : comRingType) (a : K) n k :
  layer_sum (fun=> a) n k = a ^+ k *+ 'C(n, k).
Proof.
rewrite layer_sum_comm (eq_bigr (fun=> a ^+ k)) => [|J /eqP <-]; last by rewrite prodr_const.
by rewrite sumr_const -card_layer cardsE.
Qed.

Lemma net_comm (K : comRingType) (a : nat -> K) n : net a n = \prod_(i < n) (1 + a i).
Proof. by elim: n => [|n IHn] /=; rewrite ?big_ord0 // big_ord_recr /= IHn mulrC. Qed.

Section RandomNet.

Variables (K : numFieldType) (d : nat) (S : finType).
Variables (mu : nat -> S -> K) (W : nat -> S -> 'M[K]_d.+1) (sig2 : nat -> K).

Hypothesis mu_total : forall l, \sum_s mu l s = 1.
Hypothesis W_mean : forall l a b, \sum_s mu l s * W l s a b = 0.
Hypothesis W_cov : forall l a b c,
  \sum_s mu l s * (W l s a b * W l s a c) = if b == c then sig2 l else 0.

Fixpoint ens n : finType := if n is m.+1 then [finType of ens m * S] else unit_finType.

Fixpoint prob n : ens n -> K :=
  if n is m.+1 then fun w => prob w.1 * mu m w.2 else fun=> 1.

Fixpoint layers n : ens n -> nat -> 'M[K]_d.+1 :=
  if n is m.+1 then fun w i => if i == m then W m w.2 else layers w.1 i else fun _ _ => 0.

Definition expect n (F : ens n -> K) : K := \sum_w prob w * F w.

Definition gain l : K := d.+1%:R * sig2 l.

Lemma expect_succ n (F : ens n.+1 -> K) :
  expect F = expect (fun w => \sum_s mu n s * F (w, s)).
Proof.
rewrite /expect (eq_bigr (fun w : ens n => \sum_s prob w * (mu n s * F (w, s)))).
  by rewrite pair_big; apply: eq_bigr => -[w s] _; rewrite /= mulrA.
by move=> w _; rewrite big_distrr.
Qed.

Lemma expect_total n : expect (fun _ : ens n => 1) = 1.
Proof.
elim: n => [|n IHn]; first by rewrite /expect (big_pred1 tt) ?mulr1 // => -[].
rewrite expect_succ -[RHS]IHn; apply: eq_bigr => w _; congr (_ * _).
by rewrite -[RHS](mu_total n); apply: eq_bigr => s _; rewrite mulr1.
Qed.

Lemma one_layer l (x y : 'cV[K]_d.+1) :
  \sum_s mu l s * sqnorm (x + W l s *m y) = sqnorm x + gain l * sqnorm y.
Proof.
have coord i : \sum_s mu l s * (x + W l s *m y) i 0 ^+ 2 = x i 0 ^+ 2 + sig2 l * sqnorm y.
  pose z s := \sum_j W l s i j * y j 0.
  have lin : \sum_s mu l s * z s = 0.
    rewrite (eq_bigr (fun s => \sum_j y j 0 * (mu l s * W l s i j))) => [|s _].
      by rewrite exchange_big big1 // => j _; rewrite -big_distrr /= W_mean mulr0.
    by rewrite big_distrr; apply: eq_bigr => j _ /=; ring.
  have quad : \sum_s mu l s * z s ^+ 2 = sig2 l * sqnorm y.
    rewrite (eq_bigr (fun s => \sum_j \sum_k y j 0 * y k 0 * (mu l s * (W l s i j * W l s i k)))).
      rewrite exchange_big big_distrr; apply: eq_bigr => j _ /=.
      rewrite exchange_big (bigD1 j) //= -big_distrr /= W_cov eqxx big1 => [|k kj].
        by rewrite addr0; ring.
      by rewrite -big_distrr /= W_cov [j == k]eq_sym (negbTE kj) mulr0.
    move=> s _; rewrite expr2 big_distrl big_distrr; apply: eq_bigr => j _ /=.
    by rewrite !big_distrr; apply: eq_bigr => k _ /=; ring.
  rewrite (eq_bigr (fun s => x i 0 ^+ 2 * mu l s + (2%:R * x i 0 * (mu l s * z s)
                             + mu l s * z s ^+ 2))) => [|s _]; last first.
    have -> : (x + W l s *m y) i 0 = x i 0 + z s by rewrite !mxE.
    by ring.
  by rewrite !big_split /= -!big_distrr /= mu_total lin quad mulr1 mulr0 add0r.
rewrite /sqnorm (eq_bigr (fun s => \sum_i mu l s * (x + W l s *m y) i 0 ^+ 2)).
  rewrite exchange_big (eq_bigr _ (fun i _ => coord i)) big_split /= sumr_const card_ord.
  by rewrite -mulr_natl mulrA.
by move=> s _; rewrite big_distrr.
Qed.

Lemma layers_head n (w : ens n) s i : (i < n)%N -> layers ((w, s) : ens n.+1) i = layers w i.
Proof. by move=> iN /=; rewrite ltn_eqF. Qed.

Theorem energy_of_depth n k (v : 'cV[K]_d.+1) :
  expect (fun w : ens n => sqnorm (layer_sum (layers w) n k *m v))
    = layer_sum gain n k * sqnorm v.
Proof.
have -> : expect (fun w : ens n => sqnorm (layer_sum (layers w) n k *m v)) =
          expect (fun w : ens n => sqnorm (El (layers w) n k *m v)).
  by apply: eq_bigr => w _; rewrite El_correct.
rewrite -El_correct; elim: n k => [|n IHn] [|k].
- by rewrite /expect (big_pred1 tt) /= ?mul1mx // => -[].
- rewrite /expect (big_pred1 tt) /= ?mul0mx ?mul0r ?mul1r => [|[]//].
  by rewrite /sqnorm big1 // => i _; rewrite mxE expr0n.
- rewrite /= mul1r -[RHS]mulr1 -(expect_total n.+1) /expect big_distrr.
  by apply: eq_bigr => w _; rewrite mul1mx /= mulr1 mulrC.
rewrite expect_succ /= mulrDl -mulrA -!IHn.
rewrite /expect big_distrr -big_split; apply: eq_bigr => w _ /=.
rewrite [RHS]addrC [gain n * _]mulrCA -mulrDr; congr (_ * _); rewrite addrC.
rewrite -one_layer; apply: eq_bigr => s _; rewrite eqxx mulmxDl -mulmxA.
by rewrite !(@El_ext _ _ (layers w)) // => i iN; rewrite ltn_eqF.
Qed.

Theorem energy_of_output n (v : 'cV[K]_d.+1) :
  expect (fun w : ens n => sqnorm (net (layers w) n *m v))
    = (\prod_(l < n) (1 + gain l)) * sqnorm v.
Proof.
elim: n => [|n IHn].
  by rewrite /expect (big_pred1 tt) /= ?mul1mx ?big_ord0 // => -[].
rewrite expect_succ big_ord_recr mulrAC -IHn /= /expect big_distrl; apply: eq_bigr => w _ /=.
rewrite -mulrA; congr (_ * _); rewrite mulrDr mulr1 [sqnorm _ * _]mulrC -one_layer.
apply: eq_bigr => s _; rewrite eqxx (@net_ext _ _ (layers w)) => [|i iN]; last by rewrite ltn_eqF.
by rewrite -mulmxA mulmxDl mul1mx.
Qed.

Theorem energies_add_up n (v : 'cV[K]_d.+1) :
  expect (fun w : ens n => sqnorm (net (layers w) n *m v)) =
    \sum_(k < n.+1) expect (fun w : ens n => sqnorm (layer_sum (layers w) n k *m v)).
Proof.
rewrite energy_of_output -net_comm net_layers big_distrl; apply: eq_bigr => k _.
by rewrite energy_of_depth.
Qed.

End RandomNet.

(* Entries +sigma and -sigma, independent and equally likely. *)
Section SignEntries.

Variables (K : numFieldType) (d : nat) (sigma : K).

Definition sign_table := {ffun 'I_d.+1 * 'I_d.+1 -> bool}.

Definition sign_mu (l : nat) (s : sign_table) : K := #|{: sign_table}|%:R^-1.

Definition sign_matrix (l : nat) (s : sign_table) : 'M[K]_d.+1 :=
  \matrix_(a, b) (sigma * (-1) ^+ s (a, b)).

Lemma card_sign_table : #|{: sign_table}|%:R != 0 :> K.
Proof. by rewrite pnatr_eq0 card_ffun card_bool expn_eq0. Qed.

Definition flip x (s : sign_table) : sign_table := [ffun y => (y == x) (+) s y].

Lemma flipK x : involutive (flip x).
Proof. by move=> s; apply/ffunP => y; rewrite !ffunE addbA addbb. Qed.

Lemma sum_odd x (F : sign_table -> K) :
  (forall s, F (flip x s) = - F s) -> \sum_s F s = 0.
Proof.
move=> odd; have: \sum_s F s = - \sum_s F s.
  by rewrite {1}(reindex_inj (inv_inj (flipK x))) -sumrN; apply: eq_bigr.
by move/eqP; rewrite -subr_eq0 opprK -mulr2n mulrn_eq0 => /eqP.
Qed.

Lemma sign_total l : \sum_s sign_mu l s = 1.
Proof. by rewrite sumr_const -[_ *+ _]mulr_natl mulfV ?card_sign_table. Qed.

Lemma sign_mean l a b : \sum_s sign_mu l s * sign_matrix l s a b = 0.
Proof.
apply: (@sum_odd (a, b)) => s; rewrite /sign_mu !mxE !ffunE eqxx /=.
by case: (s _); rewrite /= ?expr0 ?expr1; ring.
Qed.

Lemma sign_cov l a b c :
  \sum_s sign_mu l s * (sign_matrix l s a b * sign_matrix l s a c) =
    if b == c then sigma ^+ 2 else 0.
Proof.
case: eqP => [->|/eqP bc].
  rewrite -[RHS]mul1r -(sign_total l) big_distrl; apply: eq_bigr => s _ /=.
  by rewrite !mxE; case: (s _); rewrite /= ?expr0 ?expr1; ring.
apply: (@sum_odd (a, b)) => s; rewrite /sign_mu !mxE !ffunE !xpair_eqE !eqxx [c == b]eq_sym (negbTE bc) /=.
by case: (s (a, b)); case: (s (a, c)); rewrite /= ?expr0 ?expr1; ring.
Qed.

Theorem sign_energy_of_depth n k (v : 'cV[K]_d.+1) :
  expect sign_mu (fun w : ens [finType of sign_table] n =>
      sqnorm (layer_sum (layers sign_matrix w) n k *m v))
    = 'C(n, k)%:R * (d.+1%:R * sigma ^+ 2) ^+ k * sqnorm v.
Proof.
rewrite (energy_of_depth sign_total sign_mean sign_cov); congr (_ * _).
by rewrite mulr_natl -layer_sum_const.
Qed.

Theorem sign_energy_of_output n (v : 'cV[K]_d.+1) :
  expect sign_mu (fun w : ens [finType of sign_table] n => sqnorm (net (layers sign_matrix w) n *m v))
    = (1 + d.+1%:R * sigma ^+ 2) ^+ n * sqnorm v.
Proof.
rewrite (energy_of_output sign_total sign_mean sign_cov); congr (_ * _).
by rewrite (eq_bigr (fun=> 1 + d.+1%:R * sigma ^+ 2)) // big_const_ord iter_mulr_1.
Qed.

End SignEntries.
