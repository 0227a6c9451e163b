package web

import (
	"net/url"
	"strconv"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/message"
)

// threadsModel is a page of the threads of a desk: who with, how long ago; no words.
type threadsModel struct {
	table Table
	pages Pages
	write bool
}

func (v *Visit) threads() error {
	q := v.r.URL.Query()
	f := message.Filter{Limit: pageRows}
	if q.Get("after") != "" {
		last, err := strconv.ParseInt(q.Get("last"), 10, 64)
		if err != nil {
			return fault.New(fault.NotFound, "fault.not-found")
		}
		f.After = message.Cursor{Last: frame.Time(last), ID: id.Thread(q.Get("after"))}
	}
	all, err := v.web.Messages.Threads(v.r.Context(), v.by.Actor, f)
	if err != nil {
		return err
	}
	m := threadsModel{write: May(v.by.Actor, access.WriteMessage), table: Table{
		Caption: Key("message.threads"), Empty: Key("message.none"),
		Columns: []Column{{Text: Key("message.reference")}, {Text: Key("message.with")}, {Text: Key("message.last")}},
	}}
	if len(all) == pageRows {
		end := all[len(all)-1]
		m.pages.Next = "/messages?after=" + url.QueryEscape(string(end.ID)) + "&last=" + strconv.FormatInt(int64(end.Last), 10)
	}
	if f.After.ID != "" {
		m.pages.Previous = "/messages"
	}
	for _, t := range all {
		m.table.Rows = append(m.table.Rows, []Cell{
			{Text: Plain(t.Reference), Path: "/messages/" + string(t.ID)}, {Text: Plain(t.Peer.String())}, {Text: v.age(t.Last)},
		})
	}
	return v.show(page{title: Key("message.list"), body: threadsScreen(v.p, m)})
}

// threadModel is one conversation. What has not been read stays closed until somebody presses the button: opening
// tells the other side that a person has read it.
type threadModel struct {
	id     id.Thread
	all    []writing
	errors []Error
	text   string
	basis  Select
	write  bool
}

type writing struct {
	id     id.Message
	mine   bool
	head   Msg
	state  Tag
	text   string
	lang   string
	closed bool
}

func (v *Visit) thread() error { return v.showThread(form{}) }

func (v *Visit) showThread(f form) error {
	ctx, t := v.r.Context(), id.Thread(v.r.PathValue("thread"))
	all, err := v.web.Messages.Messages(ctx, v.by.Actor, t, message.Message{}, 200)
	if err != nil {
		return err
	}
	m := threadModel{id: t, errors: f.errors, text: v.field("text"), basis: v.bases(f.errors), write: May(v.by.Actor, access.WriteMessage)}
	for _, x := range all {
		l := writing{id: x.ID, mine: x.Mine, closed: x.State == message.Sealed, state: messageTag(x)}
		l.head = Key("message.received", "when", v.when(x.At).In(v.p))
		if x.Mine {
			l.head = Key("message.sent", "when", v.when(x.At).In(v.p))
		}
		if !l.closed && x.State != message.Erased && x.State != message.Spoiled {
			opened, err := v.web.Messages.Open(ctx, v.by, x.ID)
			if err != nil {
				return err
			}
			l.text, l.lang = opened.Text, opened.Language
		}
		m.all = append(m.all, l)
	}
	return v.show(page{status: f.status, title: Key("message.conversation"), back: "/messages", errors: f.errors, leave: true, body: threadScreen(v.p, m)})
}

func messageTag(m message.Message) Tag {
	tone := map[message.State]Tone{
		message.Queued: Waiting, message.Delivered: Calm, message.Opened: Good, message.Refused: Late, message.Expired: Late,
		message.Sealed: Waiting, message.Read: Good, message.Spoiled: Late, message.Erased: Off,
	}[m.State]
	return Tag{Text: Key("message.state." + string(m.State)), Tone: tone}
}

// bases are the legal bases that a message may rest on. The rule row decides; this is the list to choose from.
func (v *Visit) bases(errors []Error) Select {
	return Select{
		Field:   Field{ID: "basis", Label: Key("message.basis"), Hint: Key("message.basis.hint"), Error: at(errors, "basis")},
		Choices: v.choices("law.basis.", v.web.bases()...), Value: v.field("basis"),
	}
}

// unread asks before a message is opened, because opening is told to the other desk. It is where the task leads.
func (v *Visit) unread() error {
	m := id.Message(v.r.PathValue("message"))
	return v.showForm(form{title: Key("message.open"), intro: []Msg{Key("message.open.text")}, action: "/letters/" + url.PathEscape(string(m)), back: "/messages", submit: Key("message.open")})
}

func (v *Visit) readMessage() error {
	l, err := v.web.Messages.Open(v.r.Context(), v.by, id.Message(v.r.PathValue("message")))
	if err != nil {
		return err
	}
	return v.to("/messages/"+string(l.Message.Thread), "")
}

func (v *Visit) answerThread() error {
	t := id.Thread(v.r.PathValue("thread"))
	_, err := v.web.Messages.Compose(v.r.Context(), v.by, message.Draft{Thread: t, Language: string(v.p.Tag()), Text: v.field("text"), Basis: v.field("basis")})
	if err != nil {
		return v.againDenied(err, map[string]string{"": "text", "basis": "basis"}, v.showThread)
	}
	return v.to("/messages/"+string(t), "sent")
}

// againDenied is [Visit.again] for forms whose choice of a legal basis may be refused by the law.
func (v *Visit) againDenied(err error, fields map[string]string, show func(form) error) error {
	if _, key, _ := fault.Public(err); fault.Is(err, fault.Denied) && key != "access.denied" {
		return show(form{status: statusOf(fault.Denied), errors: []Error{{Field: "basis", Text: Plain(v.p.Fault(err))}}})
	}
	return v.again(err, fields, show)
}

func (v *Visit) writeForm() error { return v.showWrite(form{}) }

func (v *Visit) showWrite(f form) error {
	desks, err := v.addresses()
	if err != nil {
		return err
	}
	f.title, f.back, f.action, f.submit = Key("message.write"), "/messages", "/messages/new", Key("message.do")
	f.warning = Key("message.care")
	f.fields = append(f.fields,
		SelectList(v.p, Select{Field: Field{ID: "to", Label: Key("message.to"), Error: at(f.errors, "to")}, Choices: desks, Value: v.field("to"), Empty: Key("web.choose")}),
		TextArea(v.p, Textarea{Field: Field{ID: "text", Label: Key("message.text"), Error: at(f.errors, "text")}, Value: v.field("text"), Rows: 8}),
		SelectList(v.p, v.bases(f.errors)),
	)
	return v.showForm(f)
}

func (v *Visit) write() error {
	to, err := id.ParseAddress(v.field("to"))
	var m message.Message
	if err != nil {
		err = fault.New(fault.Invalid, "message.field").With("field", "to")
	} else {
		m, err = v.web.Messages.Compose(v.r.Context(), v.by, message.Draft{To: to, Language: string(v.p.Tag()), Text: v.field("text"), Basis: v.field("basis")})
	}
	if err != nil {
		return v.againDenied(err, map[string]string{"": "text", "to": "to", "basis": "basis"}, v.showWrite)
	}
	return v.to("/messages/"+string(m.Thread), "sent")
}
