(* control: forbidden word Admitted *)
Theorem shown n : n = n + 0. Proof. exact (plus_n_O n). Qed.
Lemma no : False. Admitted.
