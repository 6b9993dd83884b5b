(* Counting the paths of a residual network                                   *)
(*                                                                            *)
(* Ids         T4.1, T4.2                                                     *)
(* Reference   Littwin, Wolf (2016), section 3, gamma_r below equation (8).   *)
(* Notation    path_type p n   a unit of the first layer, and for each of the *)
(*                             p - 1 blocks either the skip (None) or a unit  *)
(*             path_length x   number of layers that x crosses, first included *)
From mathcomp Require Import all_ssreflect.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Definition path_type p n := ('I_n * {ffun 'I_p.-1 -> option 'I_n})%type.

Definition support q n (f : {ffun 'I_q -> option 'I_n}) := [set i | f i != None].

Definition path_length p n (x : path_type p n) := #|support x.2|.+1.

Lemma card_fixed_support q n (J : {set 'I_q}) :
  #|[set f : {ffun 'I_q -> option 'I_n} | support f == J]| = n ^ #|J|.
Proof.
pose F i := [pred x : option 'I_n | (x != None) == (i \in J)].
have cardF i : #|F i| = if i \in J then n else 1.
  rewrite /F; case: (i \in J).
    have := cardC (pred1 (None : option 'I_n)); rewrite card1 card_option card_ord => -[cardN].
    by rewrite -[RHS]cardN; apply: eq_card => x; rewrite !inE eqb_id.
  rewrite -(card1 (None : option 'I_n)).
  by apply: eq_card => x; rewrite !inE; case: (x == None).
have -> : #|[set f : {ffun 'I_q -> option 'I_n} | support f == J]| = #|family F|.
  apply: eq_card => f; rewrite inE; apply/eqP/familyP => [fJ i|fF].
    by rewrite !inE -fJ inE.
  by apply/setP => i; have := fF i; rewrite !inE => /eqP.
rewrite card_family foldrE big_map big_enum /= (eq_bigr _ (fun i _ => cardF i)).
by rewrite -big_mkcond prod_nat_const.
Qed.

Lemma card_support q n r :
  #|[set f : {ffun 'I_q -> option 'I_n} | #|support f| == r]| = 'C(q, r) * n ^ r.
Proof.
rewrite -sum1dep_card (partition_big (@support q n) (fun J => #|J| == r)) //=.
rewrite (eq_bigr (fun=> n ^ r)) => [|J /eqP Jr].
  by rewrite sum_nat_const -cardsE card_draws card_ord.
rewrite -Jr -(card_fixed_support n J) -sum1dep_card; apply: eq_bigl => f.
by case: (support f =P J) => [->|]; rewrite ?eqxx ?andbF.
Qed.

Theorem card_paths p n r :
  0 < r -> #|[set x : path_type p n | path_length x == r]| = 'C(p.-1, r.-1) * n ^ r.
Proof.
case: r => // k _ /=; rewrite expnSr mulnA -card_support.
have -> : [set x : path_type p n | path_length x == k.+1] =
    setX setT [set f : {ffun 'I_p.-1 -> option 'I_n} | #|support f| == k].
  by apply/setP => -[i f]; rewrite !inE.
by rewrite cardsX cardsT card_ord mulnC.
Qed.

Theorem card_all_paths p n : #|{: path_type p n}| = n * n.+1 ^ p.-1.
Proof. by rewrite card_prod card_ffun card_option !card_ord. Qed.
