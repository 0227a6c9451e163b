package webreferral

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/lang"
	"github.com/opentrm/opentrm/internal/message"
	"github.com/opentrm/opentrm/internal/page"
)

// threadsModel is a page of the threads of a desk: who with, how long ago; no words.
type threadsModel struct {
	table page.Table
	pages page.Pages
	write bool
}

func (v *visit) threads() error {
	q := v.R.URL.Query()
	f := message.Filter{Limit: page.PerPage}
	if q.Get("after") != "" {
		last, err := strconv.ParseInt(q.Get("last"), 10, 64)
		if err != nil {
			return fault.New(fault.NotFound, "fault.not-found")
		}
		f.After = message.Cursor{Last: frame.Time(last), ID: id.Thread(q.Get("after"))}
	}
	all, err := v.Messages.Threads(v.R.Context(), v.By.Actor, f)
	if err != nil {
		return err
	}
	m := threadsModel{write: page.May(v.By.Actor, access.WriteMessage), table: page.Table{
		Caption: page.Key("message.threads"), Empty: page.Key("message.none"),
		Columns: []page.Column{{Text: page.Key("message.reference")}, {Text: page.Key("message.with")}, {Text: page.Key("message.last")}},
	}}
	if len(all) == page.PerPage {
		end := all[len(all)-1]
		m.pages.Next = "/messages?after=" + url.QueryEscape(string(end.ID)) + "&last=" + strconv.FormatInt(int64(end.Last), 10)
	}
	if f.After.ID != "" {
		m.pages.Previous = "/messages"
	}
	for _, t := range all {
		m.table.Rows = append(m.table.Rows, []page.Cell{
			{Text: page.Plain(t.Reference), Path: "/messages/" + string(t.ID)}, {Text: page.Plain(t.Peer.String())}, {Text: v.Age(t.Last)},
		})
	}
	return v.Show(page.Page{Title: page.Key("message.list"), Body: threadsScreen(v.P, m)})
}

// threadModel is one conversation. What has not been read stays closed until somebody presses the button: opening
// tells the other side that a person has read it.
type threadModel struct {
	id     id.Thread
	all    []writing
	errors []page.Error
	text   string
	basis  page.Select
	write  bool
}

type writing struct {
	id      id.Message
	mine    bool
	head    page.Msg
	state   page.Tag
	text    string
	lang    string
	closed  bool
	refused bool
}

func (v *visit) thread() error { return v.showThread(page.Form{}) }

func (v *visit) showThread(f page.Form) error {
	ctx, t := v.R.Context(), id.Thread(v.R.PathValue("thread"))
	all, err := v.Messages.Messages(ctx, v.By.Actor, t, message.Message{}, 200)
	if err != nil {
		return err
	}
	m := threadModel{id: t, errors: f.Errors, text: v.Field("text"), basis: v.bases(f.Errors), write: page.May(v.By.Actor, access.WriteMessage)}
	for _, x := range all {
		l := writing{id: x.ID, mine: x.Mine, closed: x.State == message.Sealed, refused: x.Mine && x.State == message.Refused, state: messageTag(x)}
		l.head = page.Key("message.received", "when", v.When(x.At).In(v.P))
		if x.Mine {
			l.head = page.Key("message.sent", "when", v.When(x.At).In(v.P))
		}
		if !l.closed && x.State != message.Erased && x.State != message.Spoiled {
			opened, err := v.Messages.Open(ctx, v.By, x.ID)
			if err != nil {
				return err
			}
			l.text, l.lang = opened.Text, opened.Language
		}
		m.all = append(m.all, l)
	}
	return v.Show(page.Page{Status: f.Status, Title: page.Key("message.conversation"), Back: "/messages", Errors: f.Errors, Leave: true, Body: threadScreen(v.P, m)})
}

func messageTag(m message.Message) page.Tag {
	tone := map[message.State]page.Tone{
		message.Queued: page.Waiting, message.Delivered: page.Calm, message.Opened: page.Good, message.Refused: page.Late, message.Expired: page.Late,
		message.Sealed: page.Waiting, message.Read: page.Good, message.Spoiled: page.Late, message.Erased: page.Off,
	}[m.State]
	return page.Tag{Text: page.Key("message.state." + string(m.State)), Tone: tone}
}

// bases are the legal bases that a message may rest on. The rule row decides; this is the list to choose from.
func (v *visit) bases(errors []page.Error) page.Select {
	return page.Select{
		Field:   page.Field{ID: "basis", Label: page.Key("message.basis"), Hint: page.Key("message.basis.hint"), Error: page.ErrorAt(errors, "basis")},
		Choices: v.Choices("law.basis.", v.known()...), Value: v.Field("basis"), Empty: page.Key("web.choose"),
	}
}

// unread asks before a message is opened, because opening is told to the other desk. It is where the task leads.
func (v *visit) unread() error {
	m := id.Message(v.R.PathValue("message"))
	return v.ShowForm(page.Form{Title: page.Key("message.open"), Intro: []page.Msg{page.Key("message.open.text")}, Action: "/letters/" + url.PathEscape(string(m)), Back: "/messages", Submit: page.Key("message.open")})
}

func (v *visit) readMessage() error {
	l, err := v.Messages.Open(v.R.Context(), v.By, id.Message(v.R.PathValue("message")))
	if err != nil {
		return err
	}
	return v.To("/messages/"+string(l.Message.Thread), "")
}

func (v *visit) resendForm() error { return v.showResend(page.Form{}) }

// showResend asks on which basis what was refused is sealed anew. It opens nothing.
func (v *visit) showResend(f page.Form) error {
	f.Title, f.Back, f.Action, f.Submit = page.Key("message.resend"), "/messages", "/letters/"+url.PathEscape(v.R.PathValue("message"))+"/resend", page.Key("message.resend.do")
	f.Intro = []page.Msg{page.Key("message.resend.text")}
	f.Fields = append(f.Fields, page.SelectList(v.P, v.bases(f.Errors)))
	return v.ShowForm(f)
}

func (v *visit) resendMessage() error {
	if err := v.Messages.Resend(v.R.Context(), v.By, id.Message(v.R.PathValue("message")), v.Field("basis")); err != nil {
		return v.AgainDenied(err, map[string]string{"": "basis", "basis": "basis"}, v.showResend)
	}
	return v.To("/messages", "sent")
}

func (v *visit) answerThread() error {
	t := id.Thread(v.R.PathValue("thread"))
	_, err := v.Messages.Compose(v.R.Context(), v.By, message.Draft{Thread: t, Language: string(v.P.Tag()), Text: v.Field("text"), Basis: v.Field("basis")})
	if err != nil {
		return v.AgainDenied(err, map[string]string{"": "text", "basis": "basis"}, v.showThread)
	}
	return v.To("/messages/"+string(t), "sent")
}

func (v *visit) writeForm() error { return v.showWrite(page.Form{}) }

func (v *visit) showWrite(f page.Form) error {
	desks, err := v.Addresses(v.Members)
	if err != nil {
		return err
	}
	f.Title, f.Back, f.Action, f.Submit = page.Key("message.write"), "/messages", "/messages/new", page.Key("message.do")
	f.Warning = page.Key("message.care")
	f.Fields = append(f.Fields,
		page.SelectList(v.P, page.Select{Field: page.Field{ID: "to", Label: page.Key("message.to"), Error: page.ErrorAt(f.Errors, "to")}, Choices: desks, Value: v.Field("to"), Empty: page.Key("web.choose")}),
		page.TextArea(v.P, page.Textarea{Field: page.Field{ID: "text", Label: page.Key("message.text"), Error: page.ErrorAt(f.Errors, "text")}, Value: v.Field("text"), Rows: 8}),
		page.SelectList(v.P, v.bases(f.Errors)),
	)
	return v.ShowForm(f)
}

func (v *visit) write() error {
	to, err := id.ParseAddress(v.Field("to"))
	var m message.Message
	if err != nil {
		err = fault.New(fault.Invalid, "message.field").With("field", "to")
	} else {
		m, err = v.Messages.Compose(v.R.Context(), v.By, message.Draft{To: to, Language: string(v.P.Tag()), Text: v.Field("text"), Basis: v.Field("basis")})
	}
	if err != nil {
		return v.AgainDenied(err, map[string]string{"": "text", "to": "to", "basis": "basis"}, v.showWrite)
	}
	return v.To("/messages/"+string(m.Thread), "sent")
}

// known are the legal bases that the law of the network knows and the catalogue can name.
func (v *visit) known() []string {
	law, all := v.Law(), []string(nil)
	for _, key := range v.Site.Texts.Keys(lang.English) {
		if name, ok := strings.CutPrefix(key, "law.basis."); ok {
			if _, known := law.Basis(name); known {
				all = append(all, name)
			}
		}
	}
	return all
}
