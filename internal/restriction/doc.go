// Package restriction keeps what a person wants kept and not used: she disputes it, she does not want it erased, she needs it for a
// claim, or she has objected and nobody has decided yet (Regulation (EU) 2016/679, article 18, and what each country has in its place).
//
// A [Restriction] rests on one case. While it is in force, the case is opened by who has said why, for a short time
// ([Service.State]), and nothing of it leaves: [Service.MayUseIn] is asked before a referral, a bundle, words or a release go.
// What passes is danger to life, an order, and a consent that she gave, or a legal duty on which two people decided, after it. It ends when somebody who did not place it
// lifts it, after she was told ([Service.Tell]).
//
// Until then the case is erased by nobody, whatever period is over ([Service.KeepsIn]).
//
// Numbers are made of facts that name no case, so none has to be left out of them.
//
// Invariants:
//   - one restriction of a case is in force at a time, and who opens the case meets it, whatever she came for;
//   - it is never lifted before she was told, or the data-protection officer has said that nobody can reach her;
//   - danger to life passes: break-glass asks nothing here, and a recorded emergency path is sent;
//   - the words of a reason are sealed to the data-protection desk; the row holds codes and days.
package restriction
