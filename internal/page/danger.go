package page

import (
	"encoding/json"
	"slices"

	"github.com/opentrm/opentrm/internal/member"
)

// emergency is the value of a profile that lists whom one calls when somebody is in danger now.
const emergency = "emergency-numbers"

// Numbers are those that are called where somebody is in danger now, as the profile of the country lists them.
type Numbers struct {
	Call  []string
	Doubt bool // nobody of the country has confirmed them
}

// Numbers reads them from the profile.
func (v *Visit) Numbers() Numbers {
	var n Numbers
	if v.Site.Law == nil {
		return n
	}
	if x, ok := v.Site.Law().Value(v.Site.Member, emergency); ok && json.Unmarshal(x.Value, &n.Call) == nil {
		n.Doubt = !x.Origin.Usable()
	}
	return n
}

// Phone is a number to call with one tap, and whose it is.
type Phone struct {
	Of     Msg
	Number string
}

// Phones are the numbers of a desk, in the order in which they are called.
func (v *Visit) Phones(l member.Listed) []Phone {
	var all []Phone
	for _, x := range [][2]string{{"urgent.phone", l.Desk.Duty.Phone}, {"urgent.phone.night", l.Desk.OutOfHours.Phone}} {
		if x[1] != "" {
			all = append(all, Phone{Of: Key("urgent.phone.of", "desk", l.Address.String(), "when", Key(x[0]).In(v.P)), Number: x[1]})
		}
	}
	return all
}

// dialled is a number as a telephone takes it; "" where it is none.
func dialled(number string) string {
	var digits []rune
	for i, r := range number {
		switch {
		case r >= '0' && r <= '9', r == '+' && i == 0:
			digits = append(digits, r)
		case slices.Contains([]rune(" -()./"), r):
		default:
			return ""
		}
	}
	if len(digits) < 2 {
		return ""
	}
	return string(digits)
}
