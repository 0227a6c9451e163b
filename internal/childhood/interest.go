package childhood

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/fold"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/person"
)

// The weights of an [Interest].
const (
	Assessed   = "assessment"    // by those who work with her
	Determined = "determination" // by a body that may decide, formally
)

// Who signs a determination.
const (
	AsBody      = "body"      // for the body that decides
	AsGuardian  = "guardian"  //
	AsAuthority = "authority" // of child protection, where there is no guardian
	AsWitness   = "other"     // somebody else who took part
)

// Signer is somebody who signed.
type Signer struct {
	Name string `json:"name" maxLength:"200"`
	As   string `json:"as" enum:"body,guardian,authority,other"`
	On   string `json:"on" maxLength:"10" doc:"yyyy-mm-dd"`
}

// Interest is what was found to be in her best interests. Each is a record of its own; the newest about something counts.
type Interest struct {
	Weight   string   `json:"weight" enum:"assessment,determination"`
	About    string   `json:"about" maxLength:"60" doc:"Code"`
	On       string   `json:"on" maxLength:"10" doc:"yyyy-mm-dd"`
	Body     string   `json:"body" maxLength:"60" doc:"Code of the body that is responsible"`
	Name     string   `json:"name" maxLength:"200" doc:"Of the body, and of who decided"`
	Part     []string `json:"part" maxItems:"20" doc:"Who took part: name and function"`
	Heard    string   `json:"heard" maxLength:"60" doc:"Code: how she was heard"`
	Views    string   `json:"views,omitempty" maxLength:"20000" doc:"Her own, as she said them"`
	Unheard  string   `json:"unheard,omitempty" maxLength:"2000" doc:"Why she was not"`
	Weighed  []string `json:"weighed" maxItems:"20" doc:"Codes"`
	Grounds  string   `json:"grounds" maxLength:"20000" doc:"What was weighed against what"`
	Result   string   `json:"result" maxLength:"20000"`
	Language string   `json:"language,omitempty" maxLength:"35" doc:"In which the words are written, BCP 47; left out: it was not said"`
	Signers  []Signer `json:"signers" maxItems:"20"`
	Review   string   `json:"review" maxLength:"10" doc:"yyyy-mm-dd on which it is looked at again"`
}

// Check reports whether it can be recorded.
//
// It fails with [fault.Invalid]: "childhood.field" and the field that is wrong; "childhood.interest.heard" if she was not heard and nobody
// says why, or was and her views are missing; "childhood.interest.signers" if a determination is not signed for the body that decides and
// by her guardian or the authority in the guardian's place.
func (x Interest) Check() error {
	d, err := Shipped()
	if err != nil {
		return err
	}
	switch {
	case x.Weight != Assessed && x.Weight != Determined:
		return bad("weight")
	case !d.Has(ListAbout, x.About):
		return bad("about")
	case !person.Day(x.On):
		return bad("on")
	case !d.Has(ListBody, x.Body):
		return bad("body")
	case x.Name == "":
		return bad("name")
	case len(x.Part) == 0 || len(x.Part) > 20 || slices.Contains(x.Part, ""):
		return bad("part")
	case !d.Has(ListHeard, x.Heard):
		return bad("heard")
	case x.Heard == NotHeard && (x.Unheard == "" || x.Views != ""), x.Heard != NotHeard && (x.Views == "" || x.Unheard != ""):
		return fault.New(fault.Invalid, "childhood.interest.heard").With("field", "views")
	case len(x.Weighed) == 0 || len(x.Weighed) > 20 || slices.ContainsFunc(x.Weighed, func(c string) bool { return !d.Has(ListWeighed, c) }):
		return bad("weighed")
	case x.Grounds == "":
		return bad("grounds")
	case x.Language != "" && !person.Tag(x.Language):
		return bad("language")
	case x.Result == "":
		return bad("result")
	case len(x.Signers) > 20:
		return bad("signers")
	case !soon(x.On, x.Review, d.Limits.LongestReviewDays):
		return bad("review")
	}
	as := map[string]bool{}
	for _, g := range x.Signers {
		if g.Name == "" || !person.Text(g.Name, maxText) || !person.Day(g.On) || !slices.Contains([]string{AsBody, AsGuardian, AsAuthority, AsWitness}, g.As) {
			return bad("signers")
		}
		as[g.As] = true
	}
	if x.Weight == Determined && (!as[AsBody] || !as[AsGuardian] && !as[AsAuthority]) {
		return fault.New(fault.Invalid, "childhood.interest.signers").With("field", "signers")
	}
	if err := texts(maxText, append(pairs("part", x.Part), [2]string{"name", x.Name})...); err != nil {
		return err
	}
	return texts(maxNote, [2]string{"views", x.Views}, [2]string{"unheard", x.Unheard}, [2]string{"grounds", x.Grounds}, [2]string{"result", x.Result})
}

func pairs(field string, all []string) [][2]string {
	var out [][2]string
	for _, text := range all {
		out = append(out, [2]string{field, text})
	}
	return out
}

// soon reports whether what was found on a day is looked at again on another, early enough.
func soon(on, review string, longest int64) bool {
	if !person.Day(review) || review <= on {
		return false
	}
	first, err := time.Parse(time.DateOnly, on)
	last, err2 := time.Parse(time.DateOnly, review)
	return err == nil && err2 == nil && !last.After(first.AddDate(0, 0, int(longest)))
}

// folded is a name without the order of its words, its script and its marks.
func folded(name string) string {
	words := fold.Words(name)
	slices.Sort(words)
	return strings.Join(words, " ")
}

// Appraise records what was found to be in her best interests.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check]; [fault.Denied] "childhood.guardian.conflict", ".ended" or ".other" if
// somebody signs as her guardian who is not, or may not decide; [fault.Invalid] as [Interest.Check]; [fault.Conflict] if the case is closed
// or "childhood.many"; and [fault.Locked] without keys.
func (s *Service) Appraise(ctx context.Context, by keyring.Bearer, c id.Case, x Interest) (casefile.Kept[Interest], error) {
	if x.Signers == nil {
		x.Signers = []Signer{}
	}
	return keep(ctx, s, by, access.ProtectCase, c, KindInterest, x, func(tx Tx, k *keyring.Case) error {
		all, err := listIn[Guardian](ctx, tx, k, KindGuardian)
		if err != nil {
			return err
		}
		for _, g := range x.Signers {
			if g.As != AsGuardian {
				continue
			}
			if err := Guardians(all).speaks(g.Name, g.On); err != nil {
				return err
			}
		}
		return nil
	})
}
