// Package stats counts without knowing whom: it sees facts that bear no name, no reference, no desk and
// no day, and imports no noun that could lead back to a person.
//
// A [Fact] says of one victim, detected in one month in one country, what a table needs. It has a random
// identifier of its own; what ties it to a case is sealed in the case. Facts are pseudonymous personal data
// all the same, and are kept and released as such.
//
// Invariants:
//   - whatever is not known is said so by one of four values that are counted apart ([Unknown], [NotAsked],
//     [Declined], [Unsafe]); an empty field is an error, never a zero;
//   - a fact holds coded values only, so that nobody can write a name into it.
package stats

import (
	"slices"
	"strconv"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
)

// The values that every coded field can have beside its own: they are answers, and differ.
const (
	Unknown  = "unknown"   // asked, or to be found in the papers, and not known
	NotAsked = "not-asked" // nobody has asked yet
	Declined = "declined"  // she preferred not to say
	Unsafe   = "unsafe"    // it was not safe to ask
)

// Gap reports whether a coded value is one of the four that say why there is none.
func Gap[T ~string](v T) bool {
	return v == Unknown || v == NotAsked || v == Declined || v == Unsafe
}

// Sex is the person's sex as she states it, or as recorded.
type Sex string

// The values of Sex beside the gaps.
const (
	Female   Sex = "female"
	Male     Sex = "male"
	OtherSex Sex = "other"
)

// Age is the class of age at detection.
type Age string

// The values of Age beside the gaps: children and adults where no more is known, and finer classes.
const (
	Child     Age = "0-17"
	Adult     Age = "18+"
	Age0to11  Age = "0-11"
	Age12to17 Age = "12-17"
	Age18to24 Age = "18-24"
	Age25to40 Age = "25-40"
	Age41     Age = "41+"
)

// Minor reports whether a is the class of a child. Who may be a child is treated as one: every gap is true.
func (a Age) Minor() bool {
	return a == Child || a == Age0to11 || a == Age12to17 || Gap(a)
}

// Form is a form of exploitation.
type Form string

// The values of Form beside the gaps. Other to Other4 are forms that a source counts apart without naming them.
const (
	Sexual      Form = "sexual"
	Labour      Form = "labour"
	Servitude   Form = "domestic-servitude"
	Begging     Form = "begging"
	Criminality Form = "criminality"
	Marriage    Form = "forced-marriage"
	Organs      Form = "organ-removal"
	Other       Form = "other"
	Other2      Form = "other-2"
	Other3      Form = "other-3"
	Other4      Form = "other-4"
)

// Citizenship is the class of citizenship as seen from the country of detection.
type Citizenship string

// The values of Citizenship beside the gaps.
const (
	National  Citizenship = "national"
	Region    Citizenship = "region" // another country of the network
	Union     Citizenship = "eu"     // a member state of the European Union outside the network
	Third     Citizenship = "third"  // any other country
	Stateless Citizenship = "stateless"
)

// Status is where identification stands.
type Status string

// The values of Status beside the gaps.
const (
	Presumed   Status = "presumed"
	Identified Status = "identified"
	Refused    Status = "not-identified"
)

// Registrar is the type of organisation that registered the fact, never which one.
type Registrar string

// The values of Registrar beside the gaps.
const (
	Police        Registrar = "police"
	Border        Registrar = "border-police"
	Prosecution   Registrar = "prosecution"
	SocialService Registrar = "social-service"
	Inspectorate  Registrar = "labour-inspectorate"
	Health        Registrar = "health"
	NGO           Registrar = "ngo"
	International Registrar = "international"
)

// Month is a calendar month: the number of months since the beginning of the year 0.
type Month int

// MonthOf returns the month of a year, 1 to 12.
func MonthOf(year, month int) Month { return Month(year*12 + month - 1) }

// Year returns the year of m.
func (m Month) Year() int { return int(m) / 12 }

// String writes m as ISO 8601 does: "2017-05".
func (m Month) String() string {
	month := strconv.Itoa(int(m)%12 + 1)
	if len(month) == 1 {
		month = "0" + month
	}
	return strconv.Itoa(m.Year()) + "-" + month
}

// Fact is one victim, detected once, without a name.
type Fact struct {
	ID          id.Fact     `json:"id"`
	Month       Month       `json:"month"`
	Sex         Sex         `json:"sex"`
	Age         Age         `json:"age"`
	Forms       []Form      `json:"forms"` // each at most once; or exactly one gap
	Citizenship Citizenship `json:"citizenship"`
	Status      Status      `json:"status"`
	Registrar   Registrar   `json:"registrar"`
}

// Check reports whether f is complete and holds known codes only.
//
// It fails with [fault.Invalid] and the key "stats.fact.code" naming the field, "stats.fact.forms" if a form
// stands twice or a gap stands beside forms, or the key of [id.ParseRandom].
func (f Fact) Check() error {
	if _, err := id.ParseRandom[id.Fact](string(f.ID)); err != nil {
		return err
	}
	for _, field := range []struct {
		name string
		ok   bool
	}{
		{"month", f.Month >= MonthOf(1990, 1) && f.Month <= MonthOf(2199, 12)},
		{"sex", one(f.Sex, Female, Male, OtherSex)},
		{"age", one(f.Age, Child, Adult, Age0to11, Age12to17, Age18to24, Age25to40, Age41)},
		{"citizenship", one(f.Citizenship, National, Region, Union, Third, Stateless)},
		{"status", one(f.Status, Presumed, Identified, Refused)},
		{"registrar", one(f.Registrar, Police, Border, Prosecution, SocialService, Inspectorate, Health, NGO, International)},
		{"forms", len(f.Forms) > 0},
	} {
		if !field.ok {
			return fault.New(fault.Invalid, "stats.fact.code").With("field", field.name)
		}
	}
	for i, form := range f.Forms {
		if !one(form, Sexual, Labour, Servitude, Begging, Criminality, Marriage, Organs, Other, Other2, Other3, Other4) {
			return fault.New(fault.Invalid, "stats.fact.code").With("field", "forms")
		}
		if slices.Contains(f.Forms[:i], form) || Gap(form) && len(f.Forms) > 1 {
			return fault.New(fault.Invalid, "stats.fact.forms")
		}
	}
	return nil
}

func one[T ~string](v T, known ...T) bool { return Gap(v) || slices.Contains(known, v) }
