// Package task has what somebody must do by a time, and sees to it that silence is heard.
//
// A [Task] belongs to a desk and knows an opaque object, a neutral reference and a [Clock]: when the desk
// is reminded, when the task is due, and who hears of it when nothing happens. The clock is data that the
// caller takes from the profile; nothing here knows how long anything lasts. [Service.Escalate] runs
// unattended and takes every step whose time has come: desk, deputy, coordinator, the other side's
// coordinator. What could not be told to anybody counts as silence and takes the next step at once
// ([Service.SilentIn]).
//
// The package stands below desks and notices. It asks its [Tx] who stands above a desk and hands what is
// to be told to the hooks of [Service].
//
// Invariants:
//   - a step is taken once, whatever the number of replicas: the row is read and changed in one
//     transaction, under its version;
//   - steps only rise; a deadline that was moved begins a new clock at step desk;
//   - a step for which nobody is named passes to the next one at the same moment, and in the end to the
//     desk itself: no clock runs out unheard;
//   - a task holds codes and opaque identifiers, never a name.
package task
