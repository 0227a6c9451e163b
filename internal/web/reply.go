package web

import (
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/letter"
	"github.com/opentrm/opentrm/internal/referral"
	"github.com/opentrm/opentrm/internal/seal"
)

// maxCode is how long what is typed for the code of a letter may be: it has 26 characters, in groups.
const maxCode = 100

// The page on which a desk without a node answers. It says nothing of a case and nothing of a person, before and after;
// the code is typed and never stands in an address, so that no log, no history and no scanner of mail has it; nothing
// is answered by following a link. It sets no cookie.

// tongue reads the language that the page was asked for in.
func (v *Visit) tongue(asked string) {
	if asked != "" {
		v.p = v.web.Texts.Printer(v.web.Texts.Match(asked, v.r.Header.Get("Accept-Language")))
	}
}

func (v *Visit) replyForm() error {
	v.tongue(v.r.URL.Query().Get("lang"))
	return v.showReply(form{})
}

func (v *Visit) showReply(f form) error {
	f.title, f.intro, f.action, f.submit = Key("referral.reply.title"), []Msg{Key("referral.reply.text")}, letter.Path, Key("referral.reply.do")
	f.speak, f.hidden = letter.Path, [][2]string{{"lang", string(v.p.Tag())}}
	answers := []referral.Transition{referral.Accepted, referral.Declined, referral.InformationRequested}
	var choices []Choice
	for _, a := range answers {
		choices = append(choices, Choice{Value: string(a), Text: Key("referral.reply." + string(a))})
	}
	ask := func(name, list, prefix string) templ.Component {
		return SelectList(v.p, Select{
			Field:   Field{ID: name, Label: Key("referral.reply." + name), Error: at(f.errors, name)},
			Choices: listed(v, list, prefix), Value: v.field(name), Empty: Key("web.choose"),
		})
	}
	f.fields = []templ.Component{
		TextInput(v.p, Input{Field: Field{ID: "code", Label: Key("referral.reply.code"), Hint: Key("referral.reply.code.hint"), Error: at(f.errors, "code")}, Value: v.field("code")}),
		RadioGroup(v.p, Radios{Field: Field{ID: "answer", Label: Key("referral.reply.answer"), Error: at(f.errors, "answer")}, Choices: choices, Value: v.field("answer")}),
		ask("why", "reason.declined", "referral.reason."),
		ask("instead", "alternative", "referral.alternative."),
		ask("question", "reason.information-requested", "referral.reason."),
	}
	return v.showForm(f)
}

// reply hands the answer on. What is not filled in is said whatever the code is; of a code that is wrong, used or over,
// and of a request that nobody can answer any more, one and the same is said.
func (v *Visit) reply() error {
	v.tongue(v.field("lang"))
	if !v.door.replies.allow(network(v.r.RemoteAddr)) {
		v.w.Header().Set("Retry-After", "60")
		return fault.New(fault.Unavailable, "web.rate")
	}
	in, errors := v.replying()
	if errors != nil {
		return v.showReply(form{status: http.StatusUnprocessableEntity, errors: errors})
	}
	_, err := v.web.Referrals.Reply(v.r.Context(), v.field("code"), in)
	switch fault.KindOf(err) {
	case fault.Hidden, fault.NotFound, fault.Conflict, fault.Stale, fault.Denied, fault.Invalid:
		if err != nil {
			return v.show(page{status: http.StatusNotFound, title: Key("referral.reply.not"), speak: letter.Path, body: saidScreen(v.p, Key("referral.reply.not"), Key("referral.reply.not.text"), letter.Path+"?lang="+url.QueryEscape(string(v.p.Tag())))})
		}
	}
	if err != nil {
		return err
	}
	return v.to(letter.Path+"/taken?lang="+url.QueryEscape(string(v.p.Tag())), "")
}

// replying reads the answer, with what is missing in it.
func (v *Visit) replying() (referral.Replying, []Error) {
	var errors []Error
	need := func(field, list string) referral.Code {
		code := code(v, field)
		if !slices.Contains(referral.Codes().Lists[list], code) {
			errors = append(errors, Error{Field: field, Text: Key("referral.reply." + field + ".missing")})
		}
		return code
	}
	if n := len(v.field("code")); n == 0 || n > maxCode {
		errors = append(errors, Error{Field: "code", Text: Key("referral.reply.code.missing")})
	}
	in := referral.Replying{Transition: referral.Transition(v.field("answer"))}
	switch in.Transition {
	case referral.Accepted:
	case referral.Declined:
		in.Reason = need("why", "reason.declined")
		in.Alternative.Code = need("instead", "alternative")
	case referral.InformationRequested:
		in.Reason = need("question", "reason.information-requested")
	default:
		errors = append(errors, Error{Field: "answer", Text: Key("referral.reply.answer.missing")})
	}
	return in, errors
}

func (v *Visit) replyTaken() error {
	v.tongue(v.r.URL.Query().Get("lang"))
	return v.show(page{title: Key("referral.reply.taken"), speak: letter.Path + "/taken", body: saidScreen(v.p, Key("referral.reply.taken"), Key("referral.reply.taken.text"), "")})
}

// writer writes letters in the language of the page.
func (v *Visit) writer() letter.Writer {
	return letter.Writer{Texts: v.web.Texts, P: v.p, Zone: v.zone, Node: v.web.Address}
}

// letterModel is a letter that was made.
type letterModel struct {
	rows []Row
	how  Msg
	code bool
}

// letterAskModel is the question how the letter goes out.
type letterAskModel struct {
	path  string
	about Msg
}

func (v *Visit) letterForm() error {
	row, _, _, err := v.web.Referrals.Show(v.r.Context(), v.by.Actor, v.referralAt())
	if err != nil {
		return err
	}
	m := letterAskModel{path: v.referralPath(row), about: Key("referral.about", "reference", row.Reference, "desk", row.Peer.String())}
	return v.show(page{title: Key("referral.letter"), back: m.path, leave: true, body: letterAskScreen(v.p, m)})
}

// fileModel is a letter under a passphrase.
type fileModel struct{ path, passphrase, text string }

// letterFile seals the letter under a passphrase. Both are shown this once.
func (v *Visit) letterFile() error {
	p, err := v.web.Referrals.Print(v.r.Context(), v.by, v.referralAt())
	if err != nil {
		return err
	}
	var f letter.File
	err = v.stretched(func() (err error) {
		f, err = v.writer().Sealed(p)
		return err
	})
	if err != nil {
		return err
	}
	m := fileModel{path: v.ownPath(), passphrase: f.Passphrase, text: f.Text}
	return v.show(page{title: Key("referral.file"), back: m.path, leave: true, body: fileScreen(v.p, m)})
}

// saveLetterFile gives back as a file what the page before has held, and nothing else: it keeps and opens nothing.
func (v *Visit) saveLetterFile() error {
	text := v.r.PostFormValue("file")
	if len(text) > 2*seal.MaxFile || !strings.HasPrefix(text, "-----BEGIN AGE ENCRYPTED FILE-----") {
		return fault.New(fault.Invalid, "seal.file.form")
	}
	v.status = http.StatusOK
	v.w.Header().Set("Content-Type", "application/octet-stream")
	v.w.Header().Set("Content-Disposition", `attachment; filename="`+letter.FileName+`"`)
	_, _ = io.WriteString(v.w, strings.ReplaceAll(text, "\r\n", "\n")) // the reader went away: nobody is left to tell
	return nil
}

// letter shows the letter, to be printed. Its code is shown this once.
func (v *Visit) letter() error {
	p, err := v.web.Referrals.Print(v.r.Context(), v.by, v.referralAt())
	if err != nil {
		return err
	}
	w := v.writer()
	m := letterModel{how: Plain(w.How(p)), code: p.Token != ""}
	for _, l := range w.Lines(p) {
		m.rows = append(m.rows, Row{Key: Plain(l.What), Value: Plain(l.Said)})
	}
	return v.show(page{
		title: Key("referral.letter.title"), back: v.ownPath(), leave: true,
		countries: []string{string(p.From.Member)}, body: letterScreen(v.p, m),
	})
}

// letterOffered is the way to the letter where the other desk has no node and waits for one.
func (v *Visit) letterOffered(r referral.Row) []Link {
	if !r.ByLetter() || !May(v.by.Actor, access.ReadReferral) {
		return nil
	}
	return []Link{{Path: v.referralPath(r) + "/letter", Text: Key("referral.letter")}}
}
