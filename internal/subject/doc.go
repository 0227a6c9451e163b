// Package subject answers what she whom a case is about may ask: a copy of what is kept of her, and that something be
// corrected. She asks somebody at the desk that holds her case, who has it open.
//
// A [Copy] is of herself alone. What a form says that she may see is in it, without the answers that speak of others; words that
// somebody wrote are in it only where the case worker has read them for this copy and says that they speak of nobody else. What is
// left out is counted and named by its kind. Nothing of the realm of prosecution is in it, neither its files nor what was
// released there by order.
//
// A [Request] for correction is recorded with what was decided and why. The correction itself is made where the wrong thing
// stands, by a new record beside it; both stay.
package subject
