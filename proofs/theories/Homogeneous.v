(* Euler's identity, and what a loss that ignores the scale of w must satisfy  *)
(*                                                                            *)
(* Ids         T6.0 - T6.3, T6.8                                              *)
(* Reference   Euler; Littwin, Wolf (2016), section 4; Ioffe, Szegedy (2015). *)
(* Notation    V             a real normed space                              *)
(*             differential f w D   f has the Frechet derivative D at w       *)
(*             scal c w      c times w                                        *)
From Coq Require Import Reals Lra.
From Coquelicot Require Import Coquelicot.
From mathcomp Require Import ssreflect ssrfun ssrbool.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Local Open Scope R_scope.

Section Homogeneous.

Variable V : NormedModule R_AbsRing.
Implicit Types (f : V -> R) (w v : V) (D : V -> R).

Definition differential f w D := @filterdiff R_AbsRing V R_NormedModule f (locally w) D.

Lemma differential_scal f w D t :
  differential f w D -> D (scal t w) = t * D w.
Proof. by case=> -[_ lin _] _; apply: lin. Qed.

Lemma differential_line f w D v :
  differential f w D -> is_derive (fun t => f (plus w (scal t v))) 0 (D v).
Proof.
move=> fD; have linD := fD.1.
have line : filterdiff (fun t : R => plus w (scal t v)) (locally 0) (fun t : R => scal t v).
  have linear_part : filterdiff (fun t : R => scal t v) (locally 0) (fun t : R => scal t v).
    by apply: filterdiff_linear; apply: is_linear_scal_l.
  apply: (filterdiff_ext_lin _ (fun t : R => plus zero (scal t v))).
    by apply: filterdiff_plus_fct => //; apply: filterdiff_const.
  by move=> t; rewrite plus_zero_l.
have at0 : plus w (scal 0 v) = w.
  by rewrite -[X in scal X _]/(@zero R_AbsRing) scal_zero_l plus_zero_r.
have fD' : filterdiff f (locally (plus w (scal 0 v))) D by rewrite at0.
apply: (filterdiff_ext_lin _ (fun t : R => D (scal t v))).
  exact: (filterdiff_comp' (fun t : R => plus w (scal t v)) f 0 _ _ line fD').
by move=> t; rewrite (linear_scal _ linD).
Qed.

(* T6.0: Euler. phi t = t ^ k gives k * f w, phi t = / t gives - f w. *)
Theorem euler f w D (phi : R -> R) (kappa : R) :
  differential f w D ->
  (forall t, 0 < t -> f (scal t w) = phi t * f w) ->
  is_derive phi 1 kappa -> D w = kappa * f w.
Proof.
move=> fD hom dphi; have d0 := differential_line w fD.
have d1 : is_derive (fun t => f (plus w (scal t w))) 0 (kappa * f w).
  apply: (is_derive_ext_loc (fun t => phi (1 + t) * f w)).
    exists (mkposreal 1 Rlt_0_1) => t; rewrite /ball /= /AbsRing_ball /abs /minus /plus /opp /= => t1.
    have t0 : 0 < 1 + t by have := Rabs_def2 _ _ t1; lra.
    rewrite -hom //; congr f.
    by rewrite -[1 + t]/(@plus R_AbsRing (@one R_AbsRing) t) scal_distr_r scal_one.
  have dshift : is_derive (fun t => phi (1 + t)) 0 kappa.
    rewrite -[kappa](Rmult_1_l); apply: (is_derive_comp phi (fun t => 1 + t)).
      by rewrite Rplus_0_r.
    by auto_derive.
  rewrite Rmult_comm; apply: (is_derive_ext (fun t => f w * phi (1 + t))).
    by move=> t; rewrite Rmult_comm.
  exact: is_derive_scal.
by rewrite -(is_derive_unique _ _ _ d0); apply: is_derive_unique.
Qed.

Section Invariant.

Variable f : V -> R.
Hypothesis f_inv : forall c w, 0 < c -> f (scal c w) = f w.

Theorem gradient_orthogonal w D : differential f w D -> D w = 0.
Proof.
move=> fD; rewrite -(Rmult_0_l (f w)); apply: (euler (phi := fun=> 1) fD).
  by move=> t t0; rewrite f_inv // Rmult_1_l.
exact: is_derive_const.
Qed.

(* T6.8: the derivative is homogeneous of degree - 1. *)
Theorem gradient_scale c w D D' v :
  0 < c -> differential f w D -> differential f (scal c w) D' -> D' v = D v / c.
Proof.
move=> c0 fD fD'; have d := differential_line v fD.
have linD' := fD'.1.
have d' : is_derive (fun t => f (plus w (scal t v))) 0 (D' (scal c v)).
  apply: (is_derive_ext (fun t => f (plus (scal c w) (scal t (scal c v))))).
    move=> t; rewrite -(f_inv (plus w _) c0) scal_distr_l; congr f; congr plus.
    by rewrite !scal_assoc /mult /= Rmult_comm.
  exact: differential_line.
have : D' (scal c v) = D v.
  by rewrite -(is_derive_unique _ _ _ d'); apply: is_derive_unique.
rewrite (linear_scal _ linD') => <-; rewrite /scal /= /mult /=; field; lra.
Qed.

(* Df v w is the derivative of f at w in direction v, D2 v that of Df v at w. *)
Variable Df : V -> V -> R.
Hypothesis f_diff : forall w, w <> zero -> differential f w (fun v => Df v w).

Theorem hessian_direction w v D2 :
  w <> zero -> differential (Df v) w D2 -> D2 w = - Df v w.
Proof.
move=> w0 dD; rewrite (_ : - Df v w = -1 * Df v w); last by ring.
apply: (euler (phi := fun t => / t) dD) => [t t0|].
  have tw0 : scal t w <> zero.
    move=> tw; apply: w0; rewrite -[w]scal_one (_ : one = mult (/ t) t).
      by rewrite -scal_assoc tw scal_zero_r.
    by rewrite /mult /one /=; field; lra.
  by rewrite (gradient_scale v t0 (f_diff w0) (f_diff tw0)); rewrite /Rdiv Rmult_comm.
by auto_derive; [lra|field].
Qed.

Theorem hessian_at_critical w v D2 :
  w <> zero -> (forall u, Df u w = 0) -> differential (Df v) w D2 -> D2 w = 0.
Proof. by move=> w0 crit dD; rewrite (hessian_direction w0 dD) crit Ropp_0. Qed.

End Invariant.

End Homogeneous.
