// Package webplan is the screens of her needs and her plan: what she needs, the steps of the plan and how each stands, the plan gone
// through with her, and the services that she was given; the path of who is or may be a child; who belongs together with her; a case
// that is offered to another desk; two files of one person; and a closed case that is taken up again.
//
// Each file is one subject; the map is in [Services.Routes].
package webplan

import (
	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/careplan"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/childhood"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/directory"
	"github.com/opentrm/opentrm/internal/duplicate"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/relation"
	"github.com/opentrm/opentrm/internal/signin"
	"github.com/opentrm/opentrm/internal/transfer"
)

// Services are the nouns that the screens of a plan need.
type Services struct {
	Careplans  *careplan.Service
	Childhoods *childhood.Service
	Relations  *relation.Service
	Transfers  *transfer.Service
	Duplicates *duplicate.Service
	Cases      *casefile.Service
	Directory  *directory.Service
	Desks      *desk.Service
	Signin     *signin.Service
	Members    *member.Service
	Lists      casefile.Data // the lists of codes of cases
}

// visit is one request about a plan.
type visit struct {
	*page.Visit
	Services
}

// Routes returns the map of the screens of a plan.
func (s Services) Routes() []page.Route {
	m := page.NewMap(func(v *page.Visit) *visit { return &visit{v, s} })
	m.For("GET /duplicates", access.MergeCase, (*visit).queue)
	m.For("GET /cases/{case}/plan", access.ReadCase, (*visit).plan)
	m.For("GET /cases/{case}/needs", access.AssessCase, (*visit).needForm)
	m.For("POST /cases/{case}/needs", access.AssessCase, (*visit).need)
	m.For("GET /cases/{case}/needs/{record}", access.AssessCase, (*visit).endNeedForm)
	m.For("POST /cases/{case}/needs/{record}", access.AssessCase, (*visit).endNeed)
	m.For("GET /cases/{case}/steps", access.PlanCase, (*visit).stepForm)
	m.For("POST /cases/{case}/steps", access.PlanCase, (*visit).step)
	m.For("GET /cases/{case}/steps/{record}", access.PlanCase, (*visit).turnForm)
	m.For("POST /cases/{case}/steps/{record}", access.PlanCase, (*visit).turn)
	m.For("GET /cases/{case}/steps/{record}/service", access.PlanCase, (*visit).deliverForm)
	m.For("POST /cases/{case}/steps/{record}/service", access.PlanCase, (*visit).deliver)
	m.For("GET /cases/{case}/plan/agreement", access.PlanCase, (*visit).agreeForm)
	m.For("POST /cases/{case}/plan/agreement", access.PlanCase, (*visit).agree)
	m.For("GET /cases/{case}/services/{record}", access.NoteCase, (*visit).correctForm)
	m.For("POST /cases/{case}/services/{record}", access.NoteCase, (*visit).correct)
	m.For("GET /transfers", access.ListTransfer, (*visit).transfers)
	m.For("GET /transfers/{transfer}", access.KnowTransfer, (*visit).transfer)
	m.For("POST /transfers/{transfer}", access.KnowTransfer, (*visit).answerTransfer)
	m.For("GET /cases/{case}/transfer", access.OfferTransfer, (*visit).offerForm)
	m.For("POST /cases/{case}/transfer", access.OfferTransfer, (*visit).offer)
	m.For("GET /cases/{case}/duplicates", access.ReadCase, (*visit).duplicates)
	m.For("POST /cases/{case}/duplicates", access.MergeCase, (*visit).lookForDuplicates)
	m.For("GET /cases/{case}/comparison", access.MergeCase, (*visit).comparison)
	m.For("POST /cases/{case}/comparison", access.MergeCase, (*visit).compare)
	m.For("GET /merges/{merge}", access.MergeCase, (*visit).merge)
	m.For("POST /merges/{merge}", access.MergeCase, (*visit).decideMerge)
	m.For("GET /cases/{case}/reopen", access.ReopenCase, (*visit).reopenForm)
	m.For("POST /cases/{case}/reopen", access.ReopenCase, (*visit).reopen)
	m.For("GET /cases/{case}/childhood", access.ReadCase, (*visit).child)
	m.For("GET /cases/{case}/childhood/guardians", access.ProtectCase, (*visit).guardianForm)
	m.For("POST /cases/{case}/childhood/guardians", access.ProtectCase, (*visit).guardian)
	m.For("GET /cases/{case}/childhood/guardians/{record}/conflict", access.ProtectCase, (*visit).conflictForm)
	m.For("POST /cases/{case}/childhood/guardians/{record}/conflict", access.ProtectCase, (*visit).conflict)
	m.For("GET /cases/{case}/childhood/guardians/{record}/end", access.ProtectCase, (*visit).guardianEndForm)
	m.For("POST /cases/{case}/childhood/guardians/{record}/end", access.ProtectCase, (*visit).guardianEnd)
	m.For("GET /cases/{case}/childhood/interests", access.ProtectCase, (*visit).interestForm)
	m.For("POST /cases/{case}/childhood/interests", access.ProtectCase, (*visit).interest)
	m.For("GET /cases/{case}/childhood/ages", access.ProtectCase, (*visit).ageForm)
	m.For("POST /cases/{case}/childhood/ages", access.ProtectCase, (*visit).age)
	m.For("GET /cases/{case}/childhood/told", access.AssentCase, (*visit).toldForm)
	m.For("POST /cases/{case}/childhood/told", access.AssentCase, (*visit).told)
	m.For("GET /cases/{case}/childhood/notices", access.ProtectCase, (*visit).noticeForm)
	m.For("POST /cases/{case}/childhood/notices", access.ProtectCase, (*visit).notice)
	m.For("GET /cases/{case}/childhood/review", access.ProtectCase, (*visit).reviewForm)
	m.For("POST /cases/{case}/childhood/review", access.ProtectCase, (*visit).review)
	m.For("GET /cases/{case}/links", access.ReadCase, (*visit).links)
	m.For("GET /cases/{case}/links/new", access.LinkCase, (*visit).linkForm)
	m.For("POST /cases/{case}/links/new", access.LinkCase, (*visit).link)
	m.For("GET /cases/{case}/links/{record}", access.LinkCase, (*visit).unlinkForm)
	m.For("POST /cases/{case}/links/{record}", access.LinkCase, (*visit).unlink)
	return m.Routes()
}

func (v *visit) which() id.Case { return id.Case(v.R.PathValue("case")) }

func (v *visit) record() id.Record { return id.Record(v.R.PathValue("record")) }

func pathOf(c id.Case) string { return "/cases/" + string(c) + "/plan" }

// kept hides the version of a record in a form.
func (v *visit) kept(f page.Form, version int64) page.Form {
	f.Hidden = append(f.Hidden, [2]string{"version", v.Fresh(f, version)})
	return f
}

// stands is how a record stands, for whoever was not the first to change it.
func stands[T any](k casefile.Kept[T], rows ...page.Row) *page.Now {
	return &page.Now{Rows: rows, By: k.By, At: k.At}
}

// form begins a form about the plan of a case; words are the stem of what it says.
func (v *visit) form(f page.Form, path, words string) page.Form {
	f.Title, f.Submit, f.Back, f.Leave = page.Key("careplan."+words), page.Key("careplan."+words+".do"), pathOf(v.which()), true
	f.Action = "/cases/" + string(v.which()) + path
	return f
}

// field is a control by the name of its question.
func field(f page.Form, name string) page.Field {
	return page.Field{ID: name, Label: page.Key("careplan.ask." + name), Error: page.ErrorAt(f.Errors, name)}
}

func hinted(f page.Field) page.Field {
	f.Hint = page.Key("careplan.ask." + f.ID + ".hint")
	return f
}

func optional(f page.Field) page.Field {
	f.Optional = true
	return f
}

// fields maps fields of the noun to controls, and says at the head of the form what no control can mend.
func fields(err error, names ...string) map[string]string {
	all := page.FieldsOf(names...)
	if fault.Is(err, fault.Stale) || fault.Is(err, fault.Conflict) {
		all[""] = ""
	}
	return all
}

// was is what a field shows: what was sent, or on the first look what stands.
func (v *visit) was(name, stands string) string {
	if v.R.Method == "GET" {
		return stands
	}
	return v.Field(name)
}
