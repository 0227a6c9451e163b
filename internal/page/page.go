package page

import (
	"context"
	"strconv"
	"strings"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/lang"
	"github.com/opentrm/opentrm/internal/web/asset"
)

// Name is the name of the program, the same in every language.
const Name = "OpenTRM"

// Msg is something to be said: a message key with its arguments, or plain text from a record.
// The zero value says nothing.
type Msg struct {
	key   string
	args  []any
	plain string
	fault error // names a part that does not fit, which is called as its control is; see [Field.unfit]
}

// Key is the message with this key; args are names and values in turn, as in [lang.Printer.Text].
func Key(key string, args ...any) Msg { return Msg{key: key, args: args} }

// Plain is text that is not translated: a reference, a desk's own name, what somebody typed.
func Plain(text string) Msg { return Msg{plain: text} }

// In says m in the language of p.
func (m Msg) In(p *lang.Printer) string {
	if m.fault != nil {
		return m.of(p, p.Text("web.field.some"))
	}
	if m.key == "" {
		return m.plain
	}
	return p.Text(m.key, m.args...)
}

// of says what does not fit, and calls the part as people know it: never by the code that it has in a record.
func (m Msg) of(p *lang.Printer, part string) string {
	_, key, args := fault.Public(m.fault)
	var all []any
	for name, value := range args {
		if name == "field" {
			value = part
		}
		all = append(all, name, value)
	}
	return p.Text(key, all...)
}

// Record reports whether m is text from a record, which no catalogue translates.
func (m Msg) Record() bool { return m.key == "" && m.plain != "" }

// None reports whether m says nothing.
func (m Msg) None() bool { return m.key == "" && m.plain == "" && m.fault == nil }

// Shell is what surrounds every page.
type Shell struct {
	P         *lang.Printer
	Assets    *asset.Set
	Title     Msg      // heading of the page and, with the name of the program, its title
	Who       *Who     // nil: nobody is signed in
	Menu      Menu     // main navigation; may be empty
	Languages []Choice // languages to switch to, each named in itself
	Path      string   // path of this page, to come back to after the language was switched
	Speak     string   // path of a page that is asked again in another language and remembers none; "": the device remembers
	Back      string   // path of the page before; "" shows no link
	Leave     string   // where "leave this page quickly" goes; "" shows no button
	Errors    []Error  // shown as a summary above the content
	Banner    *Banner  // nil: none
	Countries []string // codes of countries named on the page, for the footnote
	Draft     bool     // the texts of this language await review
	Script    string   // a further script that this page needs; "": none
	Beside    []Link   // what others have found out about the step of the work that the page is for
	Neutral   bool     // it says nothing of the program and of who is signed in
}

// Who is the person signed in, as the header shows her: she acts in one role at one desk at a time.
type Who struct {
	Name Msg
	Role Msg
	Desk Msg
}

// Link is a place to go.
type Link struct {
	Path    string
	Text    Msg
	Current bool // the page shown is this one
}

// Choice is one of several values.
type Choice struct {
	Value string
	Text  Msg
	Hint  Msg
}

// Error is one thing to correct, with the field it stands at. Field is the id of its first control.
type Error struct {
	Field string
	Text  Msg
	Path  string // page on which the field stands; "": this one
}

// Tone is the colour and the weight of a banner or a tag. It never carries meaning alone: words do.
type Tone int

// The tones.
const (
	Calm Tone = iota
	Good
	Waiting
	Late
	Off
)

// Banner is news about what just happened, or what must be known before anything else.
type Banner struct {
	Tone  Tone // Good or Calm
	Title Msg
	Text  Msg
	Link  *Link
}

// LanguageChoices lists the languages of c for the switch, each named in itself.
func LanguageChoices(c *lang.Catalogue) []Choice { return named(c, c.Tags()) }

// ReadChoices lists those in which there are texts for the person, for the switch of a page that she reads.
func ReadChoices(c *lang.Catalogue) []Choice { return named(c, c.Reads()) }

func named(c *lang.Catalogue, tags []lang.Tag) []Choice {
	var all []Choice
	for _, t := range tags {
		all = append(all, Choice{Value: string(t), Text: Plain(c.Status(t).Name)})
	}
	return all
}

// leave is what the button says that leads away: beside her, on a page that says nothing of the program, it is a button like any other.
func (s Shell) leave() string {
	if s.Neutral {
		return s.P.Text("web.leave.plain")
	}
	return s.P.Text("web.leave")
}

// title is the text of the title element: errors first, because it is the first thing a screen reader says.
func (s Shell) title() string {
	title := s.Title.In(s.P)
	if !s.Neutral {
		title += " – " + Name
	}
	if len(s.Errors) > 0 {
		return s.P.Text("web.errors.title-prefix", "title", title)
	}
	return title
}

func (t Tone) tag() string {
	switch t {
	case Good:
		return "govuk-tag govuk-tag--green"
	case Waiting:
		return "govuk-tag govuk-tag--yellow"
	case Late:
		return "govuk-tag govuk-tag--red"
	case Off:
		return "govuk-tag govuk-tag--grey"
	}
	return "govuk-tag govuk-tag--blue"
}

// Field is what every control of a form has.
type Field struct {
	ID       string // also its name, unless Name is given
	Name     string
	Label    Msg
	Hint     Msg
	Error    Msg
	Optional bool // said beside the label; required is what goes without saying
	Needed   bool // said beside the label where most may stay empty
	Heading  bool // the label is the heading of a page that asks one thing
	Strong   bool // the label is one of many, and stands out among what is said below each
	About    Msg  // said after the label to who does not see what stands above it
	Notes    []Msg
}

func (f Field) name() string {
	if f.Name != "" {
		return f.Name
	}
	return f.ID
}

func (f Field) group() string {
	if f.Error.None() {
		return "govuk-form-group"
	}
	return "govuk-form-group govuk-form-group--error"
}

// describedBy lists the ids of hint and error, "" if there is neither.
func (f Field) describedBy() string {
	s := ""
	if !f.Hint.None() {
		s = f.ID + "-hint"
	}
	if !f.Error.None() {
		if s != "" {
			s += " "
		}
		s += f.ID + "-error"
	}
	return s
}

// saidKey is for what the controls of a page have said to be corrected, by their ids: the summary above them says the same.
type saidKey struct{}

// unfit says what is to be corrected at the field, which it calls by its label.
func (f Field) unfit(ctx context.Context, p *lang.Printer) string {
	text := f.Error.In(p)
	if f.Error.fault != nil && !f.Label.None() {
		text = f.Error.of(p, f.Label.In(p))
	}
	if said, ok := ctx.Value(saidKey{}).(map[string]string); ok {
		said[f.ID] = text
	}
	return text
}

func (f Field) label(p *lang.Printer) string {
	if f.Optional {
		return p.Text("web.field.optional", "label", f.Label.In(p))
	}
	if f.Needed {
		return p.Text("web.field.needed", "label", f.Label.In(p))
	}
	return f.Label.In(p)
}

// class adds the error form of a control's class.
func (f Field) class(base string) string {
	if f.Error.None() {
		return base
	}
	return base + " " + base + "--error"
}

// itemID names the i-th control of a group; the first has the id of the group, so that a link of the error
// summary finds it.
func (f Field) itemID(i int) string {
	if i == 0 {
		return f.ID
	}
	return f.ID + "-" + strconv.Itoa(i+1)
}

// Input is a field of one line.
type Input struct {
	Field
	Value        string
	Type         string // "text" if empty; "password", "email", "tel", "search"
	Mode         string // inputmode; "numeric" for digits
	Autocomplete string // "off" if empty: nothing about a person is kept by the browser
	Width        int    // in characters: 2, 3, 4, 5, 10, 20, 30; 0 is the whole width
	Spell        bool   // let the browser check the spelling, which may send text to its maker: off
	Among        []Msg  // what the browser proposes to who types; anything may be typed all the same
}

func (i Input) kind() string {
	if i.Type == "" {
		return "text"
	}
	return i.Type
}

// into is its name; a secret is not among what somebody has typed.
func (i Input) into(ctx context.Context) string {
	if i.kind() == "password" {
		return i.name()
	}
	return into(ctx, i.Field, "")
}

func (i Input) autocomplete() string {
	if i.Autocomplete == "" {
		return "off"
	}
	return i.Autocomplete
}

func (i Input) classes() string {
	c := i.class("govuk-input")
	if i.Width > 0 {
		c += " govuk-input--width-" + strconv.Itoa(i.Width)
	}
	return c
}

// Textarea is a field of several lines.
type Textarea struct {
	Field
	Value string
	Rows  int // 5 if 0
}

func (t Textarea) rows() string {
	if t.Rows == 0 {
		return "5"
	}
	return strconv.Itoa(t.Rows)
}

// Select is a list to choose one value from. Use [Radios] up to seven.
type Select struct {
	Field
	Choices []Choice
	Value   string
	Empty   Msg // said by the first entry, which has no value; none leaves it out
}

// Radios is a group of which one is chosen.
type Radios struct {
	Field
	Choices []Choice
	Value   string
	Inline  bool
	Small   bool
}

func (r Radios) classes() string {
	c := "govuk-radios"
	if r.Inline {
		c += " govuk-radios--inline"
	}
	if r.Small {
		c += " govuk-radios--small"
	}
	return c
}

// Checkboxes is a group of which any number is chosen.
type Checkboxes struct {
	Field
	Choices []Choice
	Values  []string
}

// DateInput asks for a date in three fields named ID-day, ID-month and ID-year; each may stay empty where
// the form allows a date with unknown parts.
type DateInput struct {
	Field
	Day, Month, Year string
}

// Table has a caption, columns and rows. Cells of a number column align by their digits.
type Table struct {
	Caption Msg
	Columns []Column
	Rows    [][]Cell
	Empty   Msg  // said instead of a table without rows
	Named   bool // the heading above already says the caption
}

// column names the i-th column, for where the head is not seen. A style sheet writes it there, so a reference in it is kept whole by its hyphens.
func (t Table) column(p *lang.Printer, i int) string {
	if i >= len(t.Columns) {
		return ""
	}
	const stays = "\u2011" // a hyphen at which no line ends
	name := ""
	for _, x := range unbroken(t.Columns[i].Text.In(p)) {
		if x.whole {
			x.text = strings.ReplaceAll(x.text, "-", stays)
		}
		name += x.text
	}
	return name
}

// Column is the head of a column.
type Column struct {
	Text   Msg
	Number bool
	Wide   bool // not squeezed by what stands beside it, such as a time
}

// Cell is one cell: text, with a link or a tag.
type Cell struct {
	Text  Msg
	Path  string // "" is no link
	Small Msg    // beside it, small: a code for who needs it
	Tag   *Tag
	Lang  string // in which the text is written, where that may be another than the reader's
}

// Tag is a state in a word or two.
type Tag struct {
	Text Msg
	Tone Tone
}

// Item is a line of a task list.
type Item struct {
	Path  string // "" cannot be started
	Title Msg
	Hint  Msg
	Waits Msg // who waits for it
	Away  Msg // that who is responsible for it is not there, and who stands in
	State Tag
}

// Row is a line of a summary list: what, the answer, and what can be changed.
type Row struct {
	Key    Msg
	Value  Msg
	Tag    *Tag   // a state, in place of the value
	Lines  []Msg  // further lines of the answer
	Lang   string // in which the answer is written, where that may be another than the reader's
	Action *Link  // its text is completed, for a screen reader, by the key
}

// Pages is where the reader stands in a list of several pages. Lists are paged by cursor: there is a
// before and an after, not a page 17.
type Pages struct {
	Previous string // path, "" at the start
	Next     string // path, "" at the end
}

// several reports whether more than one thing stands in c.
func (c Cell) several() bool { return !c.Small.None() || c.Tag != nil && !c.Text.None() }

// class is how the cells of column i look.
func (t Table) class(i int) string {
	switch {
	case i < len(t.Columns) && t.Columns[i].Number:
		return "govuk-table__cell trm-number"
	case i < len(t.Columns) && t.Columns[i].Wide:
		return "govuk-table__cell trm-wide"
	}
	return "govuk-table__cell"
}

func headClass(numeric bool) string {
	if numeric {
		return "govuk-table__header trm-number"
	}
	return "govuk-table__header"
}
