(* control: forbidden word Parameter *)
Parameter no : False.
Theorem shown n : n = n + 0. Proof. exact (plus_n_O n). Qed.
