(* The law of path length as a sum of independent coins; the harmonic law      *)
(*                                                                            *)
(* Ids         T15.1 - T15.7                                                  *)
(* Reference   De, Smith (2020) and Veit et al. (2016) for the setting;       *)
(*             Littwin, Wolf (2016), section 4.1, for batch norm.             *)
(* Notation    a l           energy gain of block l, a l >= 0                 *)
(*             layer_sum a n k   energy carried by the paths of length k      *)
(*             total a n     sum of these energies                            *)
(*             mean_length a n, var_length a n   mean and variance of k under *)
(*                           the energies divided by their total              *)
(*             stream v0 t l   v0 + l t, variance of the stream at block l    *)
From mathcomp Require Import all_ssreflect all_algebra ring.
From Hessian Require Import Unravel RandomNet.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import GRing.Theory Num.Theory Order.TTheory.
Local Open Scope ring_scope.

Section DepthLaw.

Variable K : realFieldType.
Implicit Types (a : nat -> K) (n k : nat).

Definition total a n : K := \sum_(k < n.+1) layer_sum a n k.
Definition moment1 a n : K := \sum_(k < n.+1) k%:R * layer_sum a n k.
Definition moment2 a n : K := \sum_(k < n.+1) k%:R ^+ 2 * layer_sum a n k.
Definition mean_length a n : K := moment1 a n / total a n.
Definition var_length a n : K := moment2 a n / total a n - mean_length a n ^+ 2.

Lemma El_large a n k : (n < k)%N -> El a n k = 0.
Proof.
elim: n k => [|n IHn] [|k] //=; rewrite ltnS => nk.
by rewrite !IHn ?mulr0 ?addr0 // ltnW.
Qed.

(* One more block: a length k becomes k + 1 with gain a n. *)
Lemma sum_layer_succ a n (g : nat -> K) :
  \sum_(k < n.+2) g k * layer_sum a n.+1 k =
    \sum_(k < n.+1) g k * layer_sum a n k + a n * (\sum_(k < n.+1) g k.+1 * layer_sum a n k).
Proof.
have E m : \sum_(k < m.+1) g k * layer_sum a m k = \sum_(k < m.+1) g k * El a m k.
  by apply: eq_bigr => k _; rewrite El_correct.
have E' : \sum_(k < n.+1) g k.+1 * layer_sum a n k = \sum_(k < n.+1) g k.+1 * El a n k.
  by apply: eq_bigr => k _; rewrite El_correct.
rewrite !E E'.
rewrite big_ord_recl /= (eq_bigr (fun k : 'I_n.+1 => g k.+1 * El a n k.+1 + a n * (g k.+1 * El a n k))).
  rewrite big_split addrA -big_distrr /=; congr (_ + _).
  rewrite [\sum_(i < n.+1) _]big_ord_recr /= El_large // mulr0 addr0.
  by rewrite [RHS]big_ord_recl; case: (n).
by move=> k _ /=; rewrite mulrDr mulrCA.
Qed.

Theorem total_prod a n : total a n = \prod_(l < n) (1 + a l).
Proof. by rewrite /total -net_layers net_comm. Qed.

Lemma total_succ a n : total a n.+1 = (1 + a n) * total a n.
Proof. by rewrite !total_prod big_ord_recr mulrC. Qed.

Lemma moment1_succ a n : moment1 a n.+1 = (1 + a n) * moment1 a n + a n * total a n.
Proof.
rewrite /moment1 (sum_layer_succ a n (fun k => k%:R)) mulrDl mul1r -addrA -mulrDr; congr (_ + _ * _).
by rewrite /total -big_split; apply: eq_bigr => k _ /=; rewrite mulrSr mulrDl mul1r.
Qed.

Lemma moment2_succ a n :
  moment2 a n.+1 = (1 + a n) * moment2 a n + a n * (2%:R * moment1 a n + total a n).
Proof.
rewrite /moment2 (sum_layer_succ a n (fun k => k%:R ^+ 2)) mulrDl mul1r -addrA -mulrDr; congr (_ + _ * _).
rewrite /moment1 /total big_distrr -!big_split; apply: eq_bigr => k _ /=.
by rewrite mulrSr; ring.
Qed.

Section Positive.

Variable a : nat -> K.
Hypothesis a_ge0 : forall l, 0 <= a l.

Lemma one_a_gt0 l : 0 < 1 + a l.
Proof. exact: ltr_paddr (a_ge0 l) ltr01. Qed.

Lemma total_gt0 n : 0 < total a n.
Proof. by rewrite total_prod prodr_gt0 // => l _; apply: one_a_gt0. Qed.

Theorem mean_length_coins n : mean_length a n = \sum_(l < n) a l / (1 + a l).
Proof.
elim: n => [|n IHn]; first by rewrite /mean_length /moment1 big_ord1 !mul0r big_ord0.
rewrite big_ord_recr /= -IHn /mean_length moment1_succ total_succ.
by field; rewrite !lt0r_neq0 ?one_a_gt0 ?total_gt0.
Qed.

Theorem var_length_coins n :
  var_length a n = \sum_(l < n) a l / (1 + a l) * (1 - a l / (1 + a l)).
Proof.
elim: n => [|n IHn].
  by rewrite /var_length /mean_length /moment1 /moment2 !big_ord1 big_ord0 expr0n !mul0r expr0n subr0.
rewrite big_ord_recr /= -IHn /var_length /mean_length moment1_succ moment2_succ total_succ.
by field; rewrite !lt0r_neq0 ?one_a_gt0 ?total_gt0.
Qed.

End Positive.

(* Batch norm divides branch l by the standard deviation of its stream.       *)
(* With branch variance t = lambda ^ 2 and v0 = 1 the gain is t / (1 + l t).   *)
Definition bn_gain (t : K) l : K := t / (1 + l%:R * t).

Lemma stream_gt0 (t : K) (l : nat) : 0 <= t -> 0 < 1 + l%:R * t.
Proof. by move=> t0; rewrite ltr_paddr ?mulr_ge0 ?ler0n ?ltr01. Qed.

Theorem bn_coin (t : K) l : 0 <= t -> bn_gain t l / (1 + bn_gain t l) = t / (1 + l.+1%:R * t).
Proof.
move=> t0; have [v0 v1] := (stream_gt0 l t0, stream_gt0 l.+1 t0).
have step : 1 + l.+1%:R * t = 1 + l%:R * t + t by rewrite mulrSr; ring.
rewrite /bn_gain step; rewrite step in v1.
by field; rewrite !lt0r_neq0.
Qed.

Lemma bn_gain_ge0 (t : K) l : 0 <= t -> 0 <= bn_gain t l.
Proof. by move=> t0; rewrite divr_ge0 // ltW // stream_gt0. Qed.

Definition harmonic n : K := \sum_(l < n) l.+1%:R^-1.
Definition harmonic2 n : K := \sum_(l < n) l.+1%:R^-1 ^+ 2.

(* p layers = the first layer and p - 1 blocks; a path of k blocks has length k + 1. *)
Theorem harmonic_mean p :
  (0 < p)%N -> 1 + mean_length (bn_gain 1) p.-1 = harmonic p.
Proof.
case: p => // n _; rewrite mean_length_coins => [|l]; last exact: bn_gain_ge0 ler01.
rewrite /harmonic big_ord_recl invr1 /=; congr (1 + _); apply: eq_bigr => l _.
by rewrite bn_coin ?ler01 // mulr1 div1r addrC -mulrSr.
Qed.

Theorem harmonic_var p :
  (0 < p)%N -> var_length (bn_gain 1) p.-1 = harmonic p - harmonic2 p.
Proof.
case: p => // n _; rewrite var_length_coins => [|l]; last exact: bn_gain_ge0 ler01.
rewrite /harmonic /harmonic2 !big_ord_recl invr1 expr1n opprD addrACA subrr add0r -sumrB.
apply: eq_bigr => l _; rewrite bn_coin ?ler01 // mulr1 div1r addrC -mulrSr.
by rewrite mulrBr mulr1 expr2 addrC.
Qed.

(* Raising every lambda alike cannot deepen the network: a bound for all t. *)
Theorem uniform_scale_saturates (t : K) n :
  0 <= t -> 1 + mean_length (bn_gain t) n <= 1 + harmonic n.
Proof.
move=> t0; rewrite ler_add2l mean_length_coins => [|l]; last exact: bn_gain_ge0.
apply: ler_sum => l _; rewrite bn_coin // ler_pdivr_mulr ?stream_gt0 //.
by rewrite mulrDr mulr1 mulrA mulVf ?pnatr_eq0 // mul1r ler_addr invr_ge0 ler0n.
Qed.

End DepthLaw.
