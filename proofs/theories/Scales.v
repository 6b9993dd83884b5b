(* Scales and norms after one step: theorems 3 and 4 of the paper             *)
(*                                                                            *)
(* Ids         T16.1 - T16.7                                                  *)
(* Reference   Littwin, Wolf (2016), equations (21) - (25), theorems 3 and 4. *)
(* Notation    V            a real normed space, w in V the weights           *)
(*             ip           a symmetric bilinear form on V: the inner product *)
(*             gradient f w g   f has the Frechet derivative v |-> ip g v at w *)
(*             descent w g mu   w - mu g, one step of gradient descent        *)
(*             A, B         loss l w = l A(w) + B(w), l the scale of one layer *)
(*             radial w     m F(w) + n G(w), for F, G homogeneous of degrees  *)
(*                          m, n: C times the derivative of F + G in C = |w|  *)
From Coq Require Import Reals Lra.
From Coquelicot Require Import Coquelicot.
From mathcomp Require Import ssreflect ssrfun ssrbool.
From Hessian Require Import Homogeneous.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Local Open Scope R_scope.

(* A function that starts at 0 with a positive derivative is positive for a while. *)
Lemma derive_sign (phi : R -> R) d :
  is_derive phi 0 d -> phi 0 = 0 -> 0 < d ->
  exists2 delta, 0 < delta & forall mu, 0 < mu < delta -> 0 < phi mu.
Proof.
move=> /is_derive_Reals dphi phi0 d0; case: (dphi d d0) => delta quot.
exists delta => [|mu [mu0 mud]]; first exact: cond_pos.
have mu_neq0 : mu <> 0 by lra.
have mu_small : Rabs mu < delta by rewrite Rabs_pos_eq; lra.
have := quot mu mu_neq0 mu_small; rewrite Rplus_0_l phi0 Rminus_0_r => /Rabs_def2[_ lo].
have q0 : 0 < phi mu / mu by lra.
rewrite (_ : phi mu = phi mu / mu * mu); last by field.
exact: Rmult_lt_0_compat.
Qed.

Section Scales.

Variables (V : NormedModule R_AbsRing) (ip : V -> V -> R).
Hypothesis ip_sym : forall x y, ip x y = ip y x.
Hypothesis ip_add : forall x y z, ip x (plus y z) = ip x y + ip x z.
Hypothesis ip_scal : forall c x y, ip x (scal c y) = c * ip x y.

Definition gradient (f : V -> R) w g := differential f w (ip g).

Lemma ip_opp x y : ip x (opp y) = - ip x y.
Proof. by rewrite -scal_opp_one ip_scal /opp /one /=; ring. Qed.

Definition descent (w g : V) (mu : R) : V := minus w (scal mu g).

Lemma descent_0 w g : descent w g 0 = w.
Proof. by rewrite /descent -[0]/(@zero R_AbsRing) scal_zero_l minus_zero_r. Qed.

Lemma descent_derive f w g u : gradient f w g -> is_derive (fun mu => f (descent w u mu)) 0 (- ip g u).
Proof.
move=> fg; apply: (is_derive_ext (fun mu => f (plus w (scal mu (opp u))))).
  by move=> mu; rewrite /descent /minus scal_opp_r.
by rewrite -ip_opp; apply: differential_line.
Qed.

(* Theorem 3: the scale l of one layer; a is the gradient of A, b that of B.   *)
(* l A(w) is the part of the loss through the layer, B(w) the part around it. *)
Section OneScale.

Variables (A B : V -> R) (w a b : V) (l : R).
Hypotheses (A_grad : gradient A w a) (B_grad : gradient B w b).

Definition loss (x : R) (u : V) : R := x * A u + B u.

Theorem scale_derivative u : is_derive (loss^~ u) l (A u).
Proof. by rewrite /loss; auto_derive => //; ring. Qed.

Theorem loss_gradient : gradient (loss l) w (plus (scal l a) b).
Proof.
apply: (filterdiff_ext_lin _ (fun v => plus (scal l (ip a v)) (ip b v))); last first.
  by move=> v; rewrite [RHS]ip_sym ip_add ip_scal (ip_sym v a) (ip_sym v b).
apply: (filterdiff_plus_fct (fun u => scal l (A u)) B) => //.
by apply: filterdiff_scal_r_fct => // *; rewrite /mult /=; ring.
Qed.

Let g := plus (scal l a) b.

Hypothesis critical : A w = 0.

Theorem theorem3 :
  0 < ip (scal l a) g ->
  exists2 delta, 0 < delta &
    forall mu, 0 < mu < delta -> Rabs l < Rabs (l - mu * A (descent w g mu)).
Proof.
move=> pos; pose phi mu := - l * A (descent w g mu).
have dphi : is_derive phi 0 (ip (scal l a) g).
  have -> : ip (scal l a) g = - l * - ip a g.
    by rewrite ip_sym ip_scal (ip_sym g); ring.
  by apply: is_derive_scal; apply: descent_derive.
have phi0 : phi 0 = 0 by rewrite /phi descent_0 critical Rmult_0_r.
case: (derive_sign dphi phi0 pos) => delta delta0 small; exists delta => // mu mud.
have := small mu mud; rewrite /phi; move: (A _) => x lx.
apply: Rsqr_lt_abs_0; rewrite /Rsqr; nra.
Qed.

End OneScale.

(* A layer without a parallel skip: all of the loss goes through it. *)
Theorem theorem3_unskipped (A : V -> R) w a l :
  gradient A w a -> A w = 0 -> 0 < ip (scal l a) (scal l a) ->
  exists2 delta, 0 < delta &
    forall mu, 0 < mu < delta -> Rabs l < Rabs (l - mu * A (descent w (scal l a) mu)).
Proof.
move=> A_grad A0 pos; have := @theorem3 A w a zero l A_grad A0.
by rewrite plus_zero_r; apply.
Qed.

(* Theorem 4: two homogeneous parts, of degrees m and n. *)
Section Norm.

Variables (F G : V -> R) (m n : nat).
Hypothesis F_hom : forall c u, 0 < c -> F (scal c u) = c ^ m * F u.
Hypothesis G_hom : forall c u, 0 < c -> G (scal c u) = c ^ n * G u.

Definition radial (u : V) : R := INR m * F u + INR n * G u.

Theorem norm_derivative C u :
  0 < C -> is_derive (fun c => F (scal c u) + G (scal c u)) C (radial (scal C u) / C).
Proof.
move=> C0; apply: (is_derive_ext_loc (fun c => c ^ m * F u + c ^ n * G u)).
  exists (mkposreal C C0) => c; rewrite /ball /= /AbsRing_ball /abs /minus /plus /opp /= => cC.
  have c0 : 0 < c by have := Rabs_def2 _ _ cC; lra.
  by rewrite F_hom // G_hom.
have pow_pred k : INR k * C ^ k / C = INR k * C ^ (Nat.pred k).
  by case: k => [|k]; rewrite /= ?Rmult_0_l /Rdiv ?Rmult_0_l //; field; lra.
rewrite /radial F_hom // G_hom //.
have -> : (INR m * (C ^ m * F u) + INR n * (C ^ n * G u)) / C =
          INR m * C ^ m / C * F u + INR n * C ^ n / C * G u by field; lra.
by rewrite !pow_pred; auto_derive => //; ring.
Qed.

Variables w gF gG : V.
Hypotheses (F_grad : gradient F w gF) (G_grad : gradient G w gG).

Let g := plus gF gG.

Definition pull : R :=
  INR m * ip gF gF + INR n * ip gG gG + (INR m + INR n) * ip gG gF.

Theorem theorem4 : is_derive (fun mu => radial (descent w g mu)) 0 (- pull).
Proof.
have -> : - pull = plus (INR m * - ip gF g) (INR n * - ip gG g).
  by rewrite /pull /g /plus /= !ip_add (ip_sym gF gG); ring.
by apply: (is_derive_plus (fun mu => INR m * F (descent w g mu))); apply: is_derive_scal;
  apply: descent_derive.
Qed.

Theorem theorem4_sign :
  radial w = 0 -> 0 < pull ->
  exists2 delta, 0 < delta & forall mu, 0 < mu < delta -> radial (descent w g mu) < 0.
Proof.
move=> crit pos.
have dphi : is_derive (fun mu => - radial (descent w g mu)) 0 pull.
  by rewrite -[pull]Ropp_involutive; apply: (is_derive_opp (fun mu => radial (descent w g mu)));
    exact: theorem4.
have phi0 : - radial (descent w g 0) = 0 by rewrite descent_0 crit Ropp_0.
case: (derive_sign dphi phi0 pos) => delta delta0 small; exists delta => // mu mud.
have := small mu mud; lra.
Qed.

End Norm.

End Scales.
