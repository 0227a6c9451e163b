package weblookup

import (
	"strconv"
	"strings"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/page"
)

// callAction is what an administrator does who calls for a run.
const callAction = access.CallLookup

func number(n int64) page.Msg { return page.Plain(strconv.FormatInt(n, 10)) }

// country names a member.
func (v *visit) country(m id.Member) string { return page.Or(v.P.CountryName(string(m)), string(m)) }

func (v *visit) countries(all []id.Member) page.Msg {
	words := make([]string, len(all))
	for i, m := range all {
		words[i] = v.country(m)
	}
	return page.Plain(strings.Join(words, ", "))
}
