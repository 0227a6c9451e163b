package webreferral

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/course"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/lang"
	"github.com/opentrm/opentrm/internal/letter"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/referral"
	"github.com/opentrm/opentrm/internal/seal"
)

// maxCode is how long what is typed for the code of a letter may be: it has 26 characters, in groups.
const maxCode = 100

// The page on which a desk without a node answers. It says nothing of a case and nothing of a person, before and after;
// the code is typed and never stands in an address, so that no log, no history and no scanner of mail has it; nothing
// is answered by following a link. It sets no cookie.

// tongue reads the language that the page was asked for in.
func (v *visit) tongue(asked string) {
	if asked != "" {
		v.SpeakIn(asked)
	}
}

func (v *visit) replyForm() error {
	v.tongue(v.R.URL.Query().Get("lang"))
	return v.showReply(page.Form{})
}

func (v *visit) showReply(f page.Form) error {
	f.Title, f.Intro, f.Action, f.Submit = page.Key("referral.reply.title"), []page.Msg{page.Key("referral.reply.text")}, letter.Path, page.Key("referral.reply.do")
	f.Speak, f.Hidden = letter.Path, [][2]string{{"lang", string(v.P.Tag())}}
	answers := []referral.Transition{referral.Accepted, referral.Declined, referral.InformationRequested}
	var choices []page.Choice
	for _, a := range answers {
		choices = append(choices, page.Choice{Value: string(a), Text: page.Key("referral.reply." + string(a))})
	}
	ask := func(name, list, prefix string) templ.Component {
		return page.SelectList(v.P, page.Select{
			Field:   page.Field{ID: name, Label: page.Key("referral.reply." + name), Error: page.ErrorAt(f.Errors, name)},
			Choices: listed(v, list, prefix), Value: v.Field(name), Empty: page.Key("web.choose"),
		})
	}
	f.Fields = []templ.Component{
		page.TextInput(v.P, page.Input{Field: page.Field{ID: "code", Label: page.Key("referral.reply.code"), Hint: page.Key("referral.reply.code.hint"), Error: page.ErrorAt(f.Errors, "code")}, Value: v.Field("code")}),
		page.RadioGroup(v.P, page.Radios{Field: page.Field{ID: "answer", Label: page.Key("referral.reply.answer"), Error: page.ErrorAt(f.Errors, "answer")}, Choices: choices, Value: v.Field("answer")}),
		ask("why", "reason.declined", "referral.reason."),
		ask("instead", "alternative", "referral.alternative."),
		ask("question", "reason.information-requested", "referral.reason."),
	}
	return v.ShowForm(f)
}

// reply hands the answer on. What is not filled in is said whatever the code is; of a code that is wrong, used or over,
// and of a request that nobody can answer any more, one and the same is said.
func (v *visit) reply() error {
	v.tongue(v.Field("lang"))
	if !v.replies.Allow(v.Network()) {
		v.Header().Set("Retry-After", "60")
		return fault.New(fault.Unavailable, "web.rate")
	}
	in, errors := v.replying()
	if errors != nil {
		return v.showReply(page.Form{Status: http.StatusUnprocessableEntity, Errors: errors})
	}
	_, err := v.Referrals.Reply(v.R.Context(), v.Field("code"), in)
	switch fault.KindOf(err) {
	case fault.Hidden, fault.NotFound, fault.Conflict, fault.Stale, fault.Denied, fault.Invalid:
		if err != nil {
			return v.Show(page.Page{Status: http.StatusNotFound, Title: page.Key("referral.reply.not"), Speak: letter.Path, Body: saidScreen(v.P, page.Key("referral.reply.not"), page.Key("referral.reply.not.text"), letter.Path+"?lang="+url.QueryEscape(string(v.P.Tag())))})
		}
	}
	if err != nil {
		return err
	}
	return v.To(letter.Path+"/taken?lang="+url.QueryEscape(string(v.P.Tag())), "")
}

// replying reads the answer, with what is missing in it.
func (v *visit) replying() (referral.Replying, []page.Error) {
	var errors []page.Error
	need := func(field, list string) referral.Code {
		code := code(v, field)
		if !slices.Contains(course.Codes().Lists[list], code) {
			errors = append(errors, page.Error{Field: field, Text: page.Key("referral.reply." + field + ".missing")})
		}
		return code
	}
	if n := len(v.Field("code")); n == 0 || n > maxCode {
		errors = append(errors, page.Error{Field: "code", Text: page.Key("referral.reply.code.missing")})
	}
	in := referral.Replying{Transition: referral.Transition(v.Field("answer"))}
	switch in.Transition {
	case referral.Accepted:
	case referral.Declined:
		in.Reason = need("why", "reason.declined")
		in.Alternative.Code = need("instead", "alternative")
	case referral.InformationRequested:
		in.Reason = need("question", "reason.information-requested")
	default:
		errors = append(errors, page.Error{Field: "answer", Text: page.Key("referral.reply.answer.missing")})
	}
	return in, errors
}

func (v *visit) replyTaken() error {
	v.tongue(v.R.URL.Query().Get("lang"))
	return v.Show(page.Page{Title: page.Key("referral.reply.taken"), Speak: letter.Path + "/taken", Body: saidScreen(v.P, page.Key("referral.reply.taken"), page.Key("referral.reply.taken.text"), "")})
}

// writer writes letters in the language that was asked for, or in that of the page.
func (v *visit) writer() letter.Writer {
	return letter.Writer{Texts: v.Site.Texts, P: v.Reader("read"), Zone: v.Zone, Node: v.Address}
}

// letterModel is a letter that was made.
type letterModel struct {
	reader *lang.Printer // of the desk that gets it
	rows   []page.Row
	how    page.Msg
	code   bool
}

// letterAskModel is the question how the letter goes out.
type letterAskModel struct {
	path  string
	about page.Msg
	read  [2]page.Select // in which language, on paper and as a file
}

func (v *visit) letterForm() error {
	row, _, _, err := v.Referrals.Show(v.R.Context(), v.By.Actor, v.referralAt())
	if err != nil {
		return err
	}
	m := letterAskModel{path: v.referralPath(row), about: page.Key("referral.about", "reference", row.Reference, "desk", row.Peer.String())}
	m.read[0] = v.ReadSelect("read", page.Key("lang.this"))
	m.read[1] = m.read[0]
	m.read[1].ID, m.read[1].Name = "read-file", "read"
	return v.Show(page.Page{Title: page.Key("referral.letter"), Back: m.path, Leave: true, Body: letterAskScreen(v.P, m)})
}

// fileModel is a letter under a passphrase.
type fileModel struct{ path, passphrase, text string }

// letterFile seals the letter under a passphrase. Both are shown this once.
func (v *visit) letterFile() error {
	p, err := v.Referrals.Print(v.R.Context(), v.By, v.referralAt())
	if err != nil {
		return err
	}
	var f letter.File
	err = v.Stretched(func() (err error) {
		f, err = v.writer().Sealed(p)
		return err
	})
	if err != nil {
		return err
	}
	m := fileModel{path: v.ownPath(), passphrase: f.Passphrase, text: f.Text}
	return v.Show(page.Page{Title: page.Key("referral.file"), Back: m.path, Leave: true, Body: fileScreen(v.P, m)})
}

// saveLetterFile gives back as a file what the page before has held, and nothing else: it keeps and opens nothing.
func (v *visit) saveLetterFile() error {
	text := v.R.PostFormValue("file")
	if len(text) > 2*seal.MaxFile || !strings.HasPrefix(text, "-----BEGIN AGE ENCRYPTED FILE-----") {
		return fault.New(fault.Invalid, "seal.file.form")
	}
	v.Header().Set("Content-Disposition", `attachment; filename="`+letter.FileName+`"`)
	return v.Send("application/octet-stream", []byte(strings.ReplaceAll(text, "\r\n", "\n")))
}

// letter shows the letter, to be printed. Its code is shown this once.
func (v *visit) letter() error {
	p, err := v.Referrals.Print(v.R.Context(), v.By, v.referralAt())
	if err != nil {
		return err
	}
	w := v.writer()
	m := letterModel{reader: w.P, how: page.Plain(w.How(p)), code: p.Token != ""}
	for _, l := range w.Lines(p) {
		m.rows = append(m.rows, page.Row{Key: page.Plain(l.What), Value: page.Plain(l.Said)})
	}
	return v.Show(page.Page{
		Title: page.Key("referral.letter.title"), Back: v.ownPath(), Leave: true,
		Countries: []string{string(p.From.Member)}, Body: letterScreen(v.P, m),
	})
}

// letterOffered is the way to the letter where the other desk has no node and waits for one.
func (v *visit) letterOffered(r referral.Row) []page.Link {
	if !r.ByLetter() || !page.May(v.By.Actor, access.ReadReferral) {
		return nil
	}
	return []page.Link{{Path: v.referralPath(r) + "/letter", Text: page.Key("referral.letter")}}
}
