package childhood

import (
	"context"
	"slices"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/person"
)

// Turn is what a record about her age says.
type Turn string

// The turns. A decision settles what was disputed or appealed before it; nothing else does.
const (
	Claimed   Turn = "claimed"   // she, or somebody, says how old she is
	Disputed  Turn = "disputed"  // somebody doubts it
	Changed   Turn = "changed"   // what is written of her was changed so that she would be an adult; recorded by the node
	Estimated Turn = "assessed"  // how old she may be was assessed
	Declined  Turn = "declined"  // she does not want to be assessed; nothing follows from it
	Decided   Turn = "decided"   // a body decided
	Appealed  Turn = "appealed"  // against a decision
	Withdrawn Turn = "withdrawn" // the dispute or the appeal is taken back by who made it
)

// Turns returns every turn that people record, in the order in which they are shown.
func Turns() []Turn {
	return []Turn{Claimed, Disputed, Estimated, Declined, Decided, Appealed, Withdrawn}
}

// fullAge is the age in years from which nobody is a child.
const fullAge = 18

// Age is one thing that was said, found or decided about how old she is.
type Age struct {
	Turn     Turn            `json:"turn" enum:"claimed,disputed,changed,assessed,declined,decided,appealed,withdrawn"`
	On       string          `json:"on" maxLength:"10" doc:"yyyy-mm-dd"`
	Who      string          `json:"who" maxLength:"200" doc:"Who says, doubts, assessed, decided or appeals: name and function"`
	Class    person.AgeClass `json:"class,omitempty" maxLength:"10" doc:"Claimed or decided: child, adult, unknown"`
	Youngest int64           `json:"youngest,omitempty" minimum:"0" maximum:"120" doc:"Years: the age that she has at least on that day, with the margin of error taken off"`
	Oldest   int64           `json:"oldest,omitempty" minimum:"0" maximum:"120" doc:"Years: the age that she has at most on that day, with the margin of error added"`
	Method   string          `json:"method,omitempty" maxLength:"60" doc:"Assessed, code"`
	Agrees   bool            `json:"agrees,omitempty" doc:"Assessed: she was told what is done and what may follow, and agreed"`
	Guardian string          `json:"guardian,omitempty" maxLength:"200" doc:"Assessed: her guardian, or the authority in the guardian's place, who agreed"`
	Body     string          `json:"body,omitempty" maxLength:"60" doc:"Decided, code"`
	Rests    []id.Record     `json:"rests,omitempty" maxItems:"20" doc:"Decided: the assessments on which it rests"`
	Document string          `json:"document,omitempty" maxLength:"200" doc:"Paper that was seen, or number of the decision"`
	Why      string          `json:"why,omitempty" maxLength:"20000" doc:"Disputed, decided, appealed: the grounds"`
}

// Check reports whether it can be recorded.
//
// It fails with [fault.Invalid]: "childhood.field" and the field that is wrong; "childhood.age.consent" if an assessment that asks
// something of her has not her agreement and that of her guardian; "childhood.age.range" if somebody would decide that she is an adult though she
// may be 17.
func (x Age) Check() error {
	d, err := Shipped()
	if err != nil {
		return err
	}
	classes := []person.AgeClass{person.Child, person.Adult, person.AgeUnknown}
	of := func(turns ...Turn) bool { return slices.Contains(turns, x.Turn) }
	switch {
	case x.Turn != Changed && !slices.Contains(Turns(), x.Turn):
		return bad("turn")
	case !person.Day(x.On):
		return bad("on")
	case x.Who == "" && x.Turn != Changed:
		return bad("who")
	case of(Claimed, Decided) != (x.Class != "") || x.Class != "" && !slices.Contains(classes, x.Class):
		return bad("class")
	case x.Youngest < 0 || x.Youngest > 120:
		return bad("youngest")
	case x.Oldest < x.Youngest || x.Oldest > 120 || !of(Claimed, Estimated, Decided) && x.Oldest > 0 || of(Estimated) && x.Oldest == 0:
		return bad("oldest")
	case of(Claimed) && x.Oldest > 0 && (x.Class == person.Child && x.Youngest >= fullAge || x.Class == person.Adult && x.Oldest < fullAge):
		return bad("class")
	case of(Decided) != (x.Body != "") || x.Body != "" && !d.Has(ListBody, x.Body):
		return bad("body")
	case !of(Decided) && len(x.Rests) > 0 || len(x.Rests) > 20 || of(Decided) && x.Class == person.Adult && len(x.Rests) == 0:
		return bad("rests")
	case of(Disputed, Decided, Appealed) && x.Why == "":
		return bad("why")
	case !of(Estimated) && (x.Method != "" || x.Agrees || x.Guardian != ""):
		return bad("method")
	}
	if of(Decided) && x.Class == person.Adult && x.Youngest < fullAge {
		return fault.New(fault.Invalid, "childhood.age.range").With("field", "youngest")
	}
	if of(Estimated) {
		m, known := d.Method(x.Method)
		switch {
		case !known:
			return bad("method")
		case m.Asks && (!x.Agrees || x.Guardian == ""):
			return fault.New(fault.Invalid, "childhood.age.consent").With("field", "agrees")
		case m.Code == ByDocuments && x.Document == "":
			return bad("document")
		}
	}
	if err := texts(maxText, [2]string{"who", x.Who}, [2]string{"guardian", x.Guardian}, [2]string{"document", x.Document}); err != nil {
		return err
	}
	return texts(maxNote, [2]string{"why", x.Why})
}

// Ages are records about an age, oldest first.
type Ages []casefile.Kept[Age]

// doubts are how many disputes and appeals nobody has decided or taken back, and whether what is written of her was changed since the last
// decision. Who takes back what was said, takes back one of them, and never that something was changed.
func (all Ages) doubts() (said int, changed bool) {
	for _, k := range all {
		switch k.Value.Turn {
		case Disputed, Appealed:
			said++
		case Changed:
			changed = true
		case Withdrawn:
			said = max(said-1, 0)
		case Decided:
			said, changed = 0, false
		case Claimed, Estimated, Declined: // settle nothing, and doubt nothing
		}
	}
	return said, changed
}

// Open reports whether somebody has doubted or appealed, or what is written of her was changed, and nobody has decided since.
func (all Ages) Open() bool {
	said, changed := all.doubts()
	return said > 0 || changed
}

// Decision is the one that stands.
func (all Ages) Decision() (Age, bool) {
	for _, k := range slices.Backward(all) {
		if k.Value.Turn == Decided {
			return k.Value, true
		}
	}
	return Age{}, false
}

// entered reports whether something was said by which she may be a child.
func (all Ages) entered() bool {
	return slices.ContainsFunc(all, func(k casefile.Kept[Age]) bool {
		return k.Value.Turn != Claimed || k.Value.Class != person.Adult
	})
}

// mayDecide fails if a decision that she is an adult rests on something that leaves it open: each assessment that it names, and each
// other one that no papers have overtaken, has to put her at 18 at least.
func (all Ages) mayDecide(x Age) error {
	if x.Turn != Decided {
		return nil
	}
	for _, r := range x.Rests {
		i := slices.IndexFunc(all, func(k casefile.Kept[Age]) bool { return k.Record == r && k.Value.Turn == Estimated })
		if i < 0 {
			return bad("rests")
		}
	}
	if x.Class != person.Adult {
		return nil
	}
	open := fault.New(fault.Invalid, "childhood.age.range").With("field", "rests")
	for i, k := range all {
		v := k.Value
		if v.Turn != Estimated || v.Youngest >= fullAge {
			continue
		}
		if slices.Contains(x.Rests, k.Record) || !slices.ContainsFunc(all[i+1:], func(later casefile.Kept[Age]) bool {
			w := later.Value
			return w.Turn == Estimated && w.Method == ByDocuments && w.Youngest >= fullAge && slices.Contains(x.Rests, later.Record)
		}) {
			return open
		}
	}
	return nil
}

// spans are the first and the last day on which she can be 18 by a decision; false: it gives no range.
func (x Age) spans() (first, last time.Time, known bool) {
	on, err := time.Parse(time.DateOnly, x.On)
	if err != nil || x.Oldest == 0 {
		return first, last, false
	}
	return on.AddDate(int(fullAge-x.Oldest-1), 0, 1), on.AddDate(int(fullAge-x.Youngest), 0, 0), true
}

// facts are all on which it depends whether she is treated as a child.
type facts struct {
	now     time.Time // the day in the country of the node
	opened  time.Time // when the case was
	row     person.AgeClass
	was     *person.Person // what was written of her before it was changed; nil: nothing, or it was not changed
	who     *person.Person // what is written of her; nil: nothing
	ages    Ages
	guarded bool // somebody was recorded as her guardian at some time
}

// class says how she is treated. Where something is open, as a child.
func (f facts) class() person.AgeClass {
	said := f.row
	if f.who != nil {
		said = person.Class(*f.who, f.now)
	}
	if f.ages.Open() {
		return atMost(said)
	}
	d, decided := f.ages.Decision()
	switch {
	case decided && d.Class == person.Adult:
		return person.Adult
	case decided:
		return f.after(d, said)
	case said == person.Adult && (f.ages.entered() || f.guarded || f.overturned()) && !f.grew(f.opened):
		return person.AgeUnknown
	}
	return said
}

// overturned reports whether she would be an adult only because what is written of her was changed, or is not what the case was opened
// for.
func (f facts) overturned() bool {
	return f.row == person.Child || f.was != nil && stated(*f.was) && person.Class(*f.was, f.now) != person.Adult
}

// stated reports whether something about her age is written down.
func stated(p person.Person) bool {
	_, born := p.Birth.Is()
	_, age := p.Age.Is()
	return born || age
}

// after is how she is treated after a decision that she is a child, or that it cannot be said. Only time ends that.
func (f facts) after(d Age, said person.AgeClass) person.AgeClass {
	on, err := time.Parse(time.DateOnly, d.On)
	if err != nil {
		return atMost(said)
	}
	_, last, ranged := d.spans()
	born := f.who != nil && f.grows()
	switch {
	case ranged && f.now.Before(last) && d.Class == person.Child:
		return person.Child
	case ranged && f.now.Before(last):
		return atMost(said)
	case ranged && (!born || said == person.Adult):
		return person.Adult
	case !ranged && said == person.Adult && f.grew(on):
		return person.Adult
	case said == person.AgeUnknown && d.Class == person.Child:
		return person.Child
	}
	return atMost(said)
}

// grows reports whether a birth date was written down.
func (f facts) grows() bool { _, ok := f.who.Birth.Is(); return ok }

// grew reports whether she has come of age since a day, by the birth date that is written down.
func (f facts) grew(since time.Time) bool {
	return f.who != nil && f.grows() && person.Class(*f.who, since) != person.Adult && person.Class(*f.who, f.now) == person.Adult
}

// of18 are the first and the last day on which she can be 18, by what is written down and decided; false: nothing says.
func (f facts) of18() (first, last time.Time, known bool) {
	if f.who != nil {
		first, last, known = person.OfAge(*f.who)
	}
	if d, ok := f.ages.Decision(); ok && !f.ages.Open() {
		if a, b, ranged := d.spans(); ranged {
			if !known || a.Before(first) {
				first = a
			}
			if !known || b.After(last) {
				last = b
			}
			known = true
		}
	}
	return first, last, known
}

// atMost is a class where something leaves it open whether she is an adult.
func atMost(said person.AgeClass) person.AgeClass {
	if said == person.Adult {
		return person.AgeUnknown
	}
	return said
}

// Speak records what was said, found or decided about her age. While it is disputed or appealed, she is treated as a child; an
// assessment changes nothing before a body has decided.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check]; [fault.Denied] as [Service.Appraise] if somebody agrees as her guardian
// who may not; [fault.Invalid] as [Age.Check], and "childhood.age.range" if another assessment leaves it open whether she is an adult;
// [fault.Conflict] if the case is closed, "childhood.many", or "childhood.age.settled" if there is nothing to appeal or to take back; and
// [fault.Locked] without keys.
func (s *Service) Speak(ctx context.Context, by keyring.Bearer, c id.Case, x Age) (casefile.Kept[Age], error) {
	if x.Turn == Changed {
		return casefile.Kept[Age]{}, bad("turn")
	}
	return keep(ctx, s, by, access.ProtectCase, c, KindAge, x, func(tx Tx, k *keyring.Case) error {
		ages, err := listIn[Age](ctx, tx, k, KindAge)
		if err != nil {
			return err
		}
		all := Ages(ages)
		_, decided := all.Decision()
		doubts, _ := all.doubts()
		if x.Turn == Appealed && !decided || x.Turn == Withdrawn && doubts == 0 {
			return fault.New(fault.Conflict, "childhood.age.settled")
		}
		if x.Guardian != "" {
			guardians, err := listIn[Guardian](ctx, tx, k, KindGuardian)
			if err != nil {
				return err
			}
			if err := Guardians(guardians).speaks(x.Guardian, x.On); err != nil {
				return err
			}
		}
		return all.mayDecide(x)
	})
}
