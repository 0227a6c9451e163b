// Package webcooperation is the screens of prosecutors' cooperation: the requests of a desk, one of them with all its fields and what has happened to it, the
// forms by which it is filled in and the steps taken, the document for the official channel, how many days requests take, and the matrix of instruments.
//
// Each file is one subject; the map is in [Services.Routes].
package webcooperation

import (
	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/cooperation"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/profile"
)

// Services are the nouns that the screens of cooperation need.
type Services struct {
	Cooperations *cooperation.Service
	Cases        *casefile.Service
	Members      *member.Service
	Law          func() profile.Set // the profiles as they stand now
}

// visit is one request about cooperation.
type visit struct {
	*page.Visit
	Services
}

// Routes returns the map of the screens of cooperation.
func (s Services) Routes() []page.Route {
	m := page.NewMap(func(v *page.Visit) *visit { return &visit{v, s} })
	m.For("GET /cooperation", access.ListCooperation, (*visit).list)
	m.For("GET /cooperation/new", access.AskCooperation, (*visit).beginForm)
	m.For("POST /cooperation/new", access.AskCooperation, (*visit).begin)
	m.For("GET /cooperation/days", access.TimesCooperation, (*visit).days)
	m.For("GET /cooperation/matrix", access.ListCooperation, (*visit).matrix)
	m.For("GET /cooperation/key", access.ListCooperation, (*visit).key)
	m.For("POST /cooperation/key", access.CertifyCooperation, (*visit).certify)
	m.For("POST /cooperation/key/certificate", access.CertifyCooperation, (*visit).certificate)
	m.For("POST /cooperation/key/request.pem", access.CertifyCooperation, (*visit).keyRequest)
	m.For("GET /cooperation/key/certificate.pem", access.ListCooperation, (*visit).keyCertificate)
	m.For("GET /cooperation/{thread}", access.ReadCooperation, (*visit).opened)
	m.For("GET /cooperation/{thread}/request", access.WriteCooperation, (*visit).headForm)
	m.For("POST /cooperation/{thread}/request", access.WriteCooperation, (*visit).head)
	m.For("GET /cooperation/{thread}/part/{part}/{item}", access.WriteCooperation, (*visit).itemForm)
	m.For("POST /cooperation/{thread}/part/{part}/{item}", access.WriteCooperation, (*visit).item)
	m.For("GET /cooperation/{thread}/release", access.WriteCooperation, (*visit).releaseForm)
	m.For("POST /cooperation/{thread}/release", access.WriteCooperation, (*visit).release)
	m.For("GET /cooperation/{thread}/send", access.SendCooperation, (*visit).sendForm)
	m.For("POST /cooperation/{thread}/send", access.SendCooperation, (*visit).send)
	m.For("GET /cooperation/{thread}/step/{step}", access.AnswerCooperation, (*visit).stepForm)
	m.For("POST /cooperation/{thread}/step/{step}", access.AnswerCooperation, (*visit).step)
	m.For("POST /cooperation/{thread}/again", access.AnswerCooperation, (*visit).again)
	m.For("POST /cooperation/{thread}/erase", access.EraseCooperation, (*visit).erase)
	m.For("POST /cooperation/{thread}/container", access.PackCooperation, (*visit).container)
	m.For("GET /cooperation/{thread}/document", access.ReadCooperation, (*visit).document)
	m.For("GET /cooperation/{thread}/request.json", access.ReadCooperation, (*visit).canonical)
	m.For("GET /cooperation/{thread}/request.docx", access.ReadCooperation, (*visit).word)
	return m.Routes()
}

func (v *visit) which() id.Thread { return id.Thread(v.R.PathValue("thread")) }

func pathOf(t id.Thread) string { return "/cooperation/" + string(t) }

// field is a control by the name of its question.
func field(f page.Form, name string) page.Field {
	return page.Field{ID: name, Label: page.Key("cooperation." + name), Error: page.ErrorAt(f.Errors, name)}
}

func optional(f page.Field) page.Field {
	f.Optional = true
	return f
}

func hinted(f page.Field, hint string) page.Field {
	f.Hint = page.Key(hint)
	return f
}

// was is what a field shows: what was sent, or on the first look what stands.
func (v *visit) was(name, stands string) string {
	if v.R.Method == "GET" {
		return stands
	}
	return v.Field(name)
}

// draft opens a request that can still be changed.
//
// It fails with [fault.Conflict] "cooperation.sent" if it was sent.
func (v *visit) draft() (cooperation.File, error) {
	f, err := v.Cooperations.Open(v.R.Context(), v.By, v.which())
	if err == nil && (f.Request == nil || f.State != cooperation.Draft) {
		err = fault.New(fault.Conflict, "cooperation.sent")
	}
	return f, err
}

// stands is how the request stands that a form changes.
func (v *visit) stands(f cooperation.File) *page.Now {
	return &page.Now{Rows: []page.Row{{Key: page.Key("cooperation.state"), Value: v.Word("cooperation.state.", string(f.State))}}, Path: pathOf(f.ID)}
}

// form begins a form about a request.
func (v *visit) form(f page.Form, of cooperation.File, path string, title page.Msg) page.Form {
	f.Title, f.Back, f.Action, f.Leave = title, pathOf(of.ID), pathOf(of.ID)+path, true
	f.Hidden = append(f.Hidden, [2]string{"version", v.Fresh(f, of.Version)})
	f.Now = v.stands(of)
	return f
}

func tone(s cooperation.State) page.Tone {
	switch s {
	case cooperation.Answered, cooperation.Executed, cooperation.Recognised:
		return page.Good
	case cooperation.Withdrawn, cooperation.Erased:
		return page.Off
	case cooperation.Refused:
		return page.Late
	}
	return page.Waiting
}

// lawTag says how far a row of the matrix may be trusted.
func (v *visit) lawTag(i profile.Instrument) *page.Tag {
	t := page.Tag{Text: v.Word("profile.status.", string(i.Origin.Status)), Tone: page.Waiting}
	if i.Origin.Usable() {
		t.Tone = page.Good
	}
	return &t
}
