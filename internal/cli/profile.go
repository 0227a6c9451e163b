package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/node"
	"github.com/opentrm/opentrm/internal/profile"
)

type profileCommand struct {
	Show      profileShow      `cmd:"" help:"Show the law and lists of a country, with source and status."`
	Checklist profileChecklist `cmd:"" help:"List what the national administrator has to confirm, and what she has."`
	Confirm   profileConfirm   `cmd:"" help:"Confirm an item as it stands, as the administrator who is signed in."`
	State     profileState     `cmd:"" help:"State how long this member keeps records of one kind, with the source of it; confirm it afterwards."`
	Lint      profileLint      `cmd:"" help:"Examine the profiles in this program, or a file in the place of one."`
}

// profiles says which profiles a command shows: those in the program, or as they stand on a node.
type profiles struct {
	Dir      string `type:"path" env:"OPENTRM_DIR" help:"Data directory of a node, to show what was confirmed there; the program's own data otherwise."`
	Secret   string `name:"secret-file" type:"path" env:"OPENTRM_SECRET_FILE" help:"File of node.secret, as for opentrm doctor."`
	Database string `name:"database-file" type:"path" env:"OPENTRM_DATABASE_FILE" help:"File of mode 0600 with the address of the PostgreSQL database."`
	Owner    string `name:"owner-file" type:"path" env:"OPENTRM_OWNER_FILE" help:"The same for the login that owns the schema."`
}

// read returns the profiles and the confirmations that no longer hold.
func (p profiles) read(s *console.Screen) (set profile.Set, lapsed []profile.Confirmation, err error) {
	if p.Dir == "" {
		set, err = profile.Load()
		return set, nil, err
	}
	err = local(p).with(s, func(n *node.Node) error {
		if err := access.Check(access.Console(n.Member), access.ReadProfile, access.Resource{Noun: "profile", Realm: access.Office}); err != nil {
			return err
		}
		set, lapsed, err = n.Profile.Current(s.Context)
		return err
	})
	return set, lapsed, err
}

// trust says in words how far an item may be trusted.
func trust(s *console.Screen, o profile.Origin) string {
	word := s.Printer().Text("profile.status." + string(o.Status))
	if o.Description && o.Status == profile.Verified {
		word = s.Printer().Text("profile.description")
	}
	if o.Status == profile.Confirmed {
		word += ", " + string(o.ConfirmedBy) + ", " + string(o.ConfirmedOn)
	}
	if o.Fictitious {
		word += ", " + s.Printer().Text("profile.fictitious")
	}
	return word
}

// yes is a yes or no in words.
func yes(s *console.Screen, is bool) string {
	if is {
		return s.Printer().Text("profile.yes")
	}
	return s.Printer().Text("profile.no")
}

type profileShow struct {
	profiles
	Member id.Member `arg:"" help:"Code of the member: MK."`
	On     string    `help:"Day for which it is shown who decides, yyyy-mm-dd; today otherwise."`
}

// decided is who decides on a status for people of one kind.
type decided struct {
	Status string         `json:"status"`
	People profile.People `json:"people"`
	profile.Answer
}

// period is a clock of law as it is displayed.
type period struct {
	Key     string         `json:"key"`
	Length  profile.Length `json:"length"`
	AtLeast bool           `json:"at_least"`
	Minimum bool           `json:"minimum"` // the network's, because the country's own is missing or not usable
	Starts  bool           `json:"starts"`
}

func (c *profileShow) Run(s *console.Screen) error {
	set, _, err := c.read(s)
	if err != nil {
		return err
	}
	own, ok := set.Country(c.Member)
	if !ok {
		return fault.New(fault.Invalid, "profile.member").With("member", string(c.Member))
	}
	on := profile.Date(c.On)
	if on == "" {
		on = profile.Date(time.Now().UTC().Format(time.DateOnly))
	}
	who := []decided{}
	for _, status := range set.Decided(c.Member) {
		for _, people := range []profile.People{profile.Adults, profile.Children} {
			a, err := set.Deciders(c.Member, status, people, on)
			if err != nil {
				return err
			}
			who = append(who, decided{status, people, a})
		}
	}
	periods, err := shownPeriods(set, c.Member, own)
	if err != nil {
		return err
	}
	kept, err := schedule(set, c.Member)
	if err != nil {
		return err
	}
	out := struct {
		Member  id.Member        `json:"member"`
		Name    string           `json:"name"`
		Note    string           `json:"note,omitempty"`
		Profile profile.Profile  `json:"profile"`
		On      profile.Date     `json:"on"`
		Decided []decided        `json:"decided"`
		Periods []period         `json:"periods"`
		Keeps   []keeps          `json:"keeps"`
		DaysOff []profile.DayOff `json:"days_off"`
	}{c.Member, s.Printer().CountryName(string(c.Member)), s.Printer().CountryNote(string(c.Member)), own, on, who, periods, kept, daysOff(set, c.Member, on)}
	return s.Print(out, func(w io.Writer) {
		fmt.Fprintf(w, "%s\t%s\n\nITEM\tCONTENT\tSTATUS\tSOURCE\tCITATION\n", out.Member, out.Name)
		for _, i := range set.Items() {
			if strings.HasPrefix(i.Key, string(c.Member)+"/") {
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", i.Key, content(s, i), trust(s, i.Origin), i.Origin.Source, i.Origin.Citation)
			}
		}
		fmt.Fprintf(w, "\nSTATUS\tOF\tDECIDED ON %s BY\tVERIFIED\tTO CONFIRM FIRST\n", on)
		for _, d := range who {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", s.Printer().Text("case.status."+d.Status), s.Printer().Text("profile.people."+string(d.People)),
				bodies(s, d.Answer), yes(s, d.Verified), strings.Join(d.Unconfirmed, " "))
		}
		fmt.Fprintln(w, "\nPERIOD\tDISPLAYED\tOF\tSTARTS")
		for _, p := range periods {
			length, of := fmt.Sprintf("%d %s", p.Length.N, p.Length.Unit), string(c.Member)
			if p.AtLeast {
				length = "≥ " + length
			}
			if p.Minimum {
				of = profile.Network
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", p.Key, length, of, yes(s, p.Starts))
		}
		fmt.Fprintln(w, "\nRECORDS\tKEPT\tFROM\tBINDS\tITEM")
		for _, k := range kept {
			length := "–"
			if k.Period != nil {
				length = fmt.Sprintf("%d %s", k.Period.N, k.Period.Unit)
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", k.Class, length, k.From, yes(s, k.Binds), k.Item)
		}
		fmt.Fprintf(w, "\nDAY OFF\tHOLIDAY\tWHERE\tCONFIRMED\tITEM\n")
		for _, d := range out.DaysOff {
			holiday, where := s.Printer().Text(d.Text), s.Printer().CountryName(string(c.Member))
			if d.Substitute {
				holiday += ", " + s.Printer().Text("profile.holiday.substitute")
			}
			if d.Region != "" {
				where = s.Printer().Text(d.Region)
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", d.Day, holiday, where, yes(s, d.Usable), d.Calendar)
		}
		if out.Note != "" {
			fmt.Fprintf(w, "\n%s\n", out.Note)
		}
	})
}

// daysOff returns the days off of the year in which a day lies.
func daysOff(set profile.Set, m id.Member, on profile.Date) []profile.DayOff {
	day, err := time.Parse(time.DateOnly, string(on))
	if err != nil {
		return []profile.DayOff{}
	}
	return append([]profile.DayOff{}, set.DaysOff(m, day.Year())...)
}

// keeps is how long records of one kind are kept.
type keeps struct {
	Class  string          `json:"class"`
	Period *profile.Length `json:"period"` // null: nobody has said how long
	From   profile.Event   `json:"from"`
	Binds  bool            `json:"binds"` // something may be erased because of it
	Item   string          `json:"item"`
}

func schedule(set profile.Set, m id.Member) ([]keeps, error) {
	all, err := set.Schedule(m)
	out := []keeps{}
	for _, k := range all {
		out = append(out, keeps{k.Key, k.Period, k.From, k.Binds(), k.Item})
	}
	return out, err
}

// shownPeriods returns the periods of law that are displayed for a member: its own, and the network's that it has not.
func shownPeriods(set profile.Set, m id.Member, own profile.Profile) ([]period, error) {
	var keys []string
	for _, c := range append(slices.Clone(own.Clocks), set.Clocks()...) {
		if c.Legal && !slices.Contains(keys, c.Key) {
			keys = append(keys, c.Key)
		}
	}
	all := []period{}
	for _, key := range keys {
		shown, err := set.National(m, key)
		if fault.Is(err, fault.NotFound) {
			continue // unverified, and the network has no minimum to display in its place
		}
		if err != nil {
			return nil, err
		}
		all = append(all, period{key, shown.Clock.Length, shown.Clock.AtLeast, shown.Minimum, shown.Starts()})
	}
	return all, nil
}

// content says in short what an item says; all of it is in the JSON.
func content(s *console.Screen, i profile.Item) string {
	var c struct {
		profile.Identification
		Length   *profile.Length   `json:"length"`
		Longest  *profile.Length   `json:"longest"`
		Period   *profile.Length   `json:"period"`
		Bases    []string          `json:"bases"`
		Region   string            `json:"region"`
		Holidays []profile.Holiday `json:"holidays"`
	}
	if i.Text == "" || json.Unmarshal(i.Content, &c) != nil {
		return string(i.Content)
	}
	said := s.Printer().Text(i.Text)
	if c.Length != nil {
		length := fmt.Sprint(c.Length.N)
		if c.Longest != nil && *c.Longest != *c.Length {
			length += "–" + fmt.Sprint(c.Longest.N)
		}
		said = length + " " + string(c.Length.Unit) + ": " + said
	}
	if c.Period != nil {
		said = fmt.Sprintf("%d %s: %s", c.Period.N, c.Period.Unit, said)
	}
	if c.Region != "" {
		said = s.Printer().Text(c.Region) + ": " + said
	}
	if len(c.Holidays) > 0 {
		var names []string
		for _, h := range c.Holidays {
			names = append(names, s.Printer().Text(h.Text))
		}
		said += ": " + strings.Join(slices.Compact(names), ", ")
	}
	if len(c.Bases) > 0 {
		said += " " + strings.Join(c.Bases, ", ")
	}
	if len(c.By) > 0 {
		said = by(s, c.Identification) + ": " + said
	}
	if c.From != nil {
		said += " " + s.Printer().Text("profile.from", "day", edge(*c.From))
	}
	if c.Until != nil {
		said += " " + s.Printer().Text("profile.until", "day", edge(*c.Until))
	}
	return said
}

// edge writes a day that is known only to lie between two.
func edge(e profile.Edge) string {
	if e.Earliest == e.Latest {
		return string(e.Latest)
	}
	return string(e.Earliest) + ".." + string(e.Latest)
}

// by names the bodies of a row: "+" joins who acts together, "/" who acts alone.
func by(s *console.Screen, r profile.Identification) string {
	list := "case.body."
	if r.Act == profile.Detect {
		list = "law.detector."
	}
	var names []string
	for _, b := range r.By {
		names = append(names, s.Printer().Text(list+b))
	}
	return strings.Join(names, map[bool]string{true: " + ", false: " / "}[r.Together])
}

// bodies names who decides; "?" marks a row of which the source does not say whether it held on that day.
func bodies(s *console.Screen, a profile.Answer) string {
	var rows []string
	for _, r := range a.Rows {
		joined := by(s, r.Identification)
		if !r.Sure {
			joined += " ?"
		}
		rows = append(rows, joined)
	}
	return strings.Join(rows, " / ")
}

type profileChecklist struct {
	profiles
	Member id.Member `arg:"" help:"Code of the member: MK."`
}

// checked is a line of the checklist as it is printed.
type checked struct {
	Key      string                `json:"key"`
	Standing profile.Standing      `json:"standing"`
	Content  json.RawMessage       `json:"content"`
	Digest   string                `json:"digest"`
	Origin   profile.Origin        `json:"origin"`
	Before   *profile.Confirmation `json:"before,omitempty"`
}

func (c *profileChecklist) Run(s *console.Screen) error {
	set, lapsed, err := c.read(s)
	if err != nil {
		return err
	}
	lines, err := set.Checklist(c.Member, lapsed)
	if err != nil {
		return err
	}
	all, done := []checked{}, 0
	for _, l := range lines {
		out := checked{l.Key, l.Standing, l.Content, l.Digest, l.Origin, nil}
		if l.Standing == profile.Lapsed {
			out.Before = &l.Before
		}
		if l.Standing == profile.Done {
			done++
		}
		all = append(all, out)
	}
	return s.Print(all, func(w io.Writer) {
		fmt.Fprintln(w, "STANDING\tITEM\tCONTENT\tSTATUS\tSOURCE\tCITATION\tDIGEST")
		for _, l := range lines {
			standing := s.Printer().Text("profile.standing." + string(l.Standing))
			if l.Standing == profile.Lapsed {
				standing += ", " + string(l.Before.By) + ", " + string(l.Before.On)
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", standing, l.Key, content(s, l.Item), trust(s, l.Origin), l.Origin.Source, l.Origin.Citation, l.Digest)
		}
		fmt.Fprintln(w, s.Printer().Text("profile.checklist", "done", fmt.Sprint(done), "of", fmt.Sprint(len(lines))))
		if note := s.Printer().CountryNote(string(c.Member)); note != "" {
			fmt.Fprintln(w, note)
		}
	})
}

type profileConfirm struct {
	console.Remote
	Item   string `arg:"" help:"Key of the item, as checklist prints it."`
	Digest string `arg:"" help:"Digest of what was read, as checklist prints it."`
}

func (c *profileConfirm) Run(s *console.Screen) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	if err := node.Call(http.MethodPost, "/profile/confirmations", map[string]string{"key": c.Item, "digest": c.Digest}, nil); err != nil {
		return err
	}
	return s.Done("confirmed")
}

type profileState struct {
	console.Remote
	Class    string       `arg:"" help:"Kind of record: case-file."`
	N        int          `arg:"" help:"How many."`
	Unit     profile.Unit `arg:"" enum:"days,months" help:"Of what: days or months."`
	Source   string       `required:"" help:"The law or decision that says so."`
	Citation string       `required:"" help:"Article, page or address."`
}

func (c *profileState) Run(s *console.Screen) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	body := map[string]any{"n": c.N, "unit": c.Unit, "source": c.Source, "citation": c.Citation}
	if err := node.Call(http.MethodPut, "/profile/retention/"+c.Class, body, nil); err != nil {
		return err
	}
	return s.Done("stated")
}

type profileLint struct {
	File string `arg:"" optional:"" type:"existingfile" help:"Profile to examine in the place of the one with its code."`
}

func (c *profileLint) Run(s *console.Screen) error {
	files, err := profile.Files()
	if err != nil {
		return err
	}
	if c.File != "" {
		raw, err := console.ReadFile(s, c.File)
		if err != nil {
			return err
		}
		code := profile.CodeOf(raw)
		files = append(slices.DeleteFunc(files, func(f []byte) bool { return profile.CodeOf(f) == code }), raw)
	}
	found := append([]profile.Finding{}, profile.Lint(files, s.Texts)...)
	err = s.Print(found, func(w io.Writer) {
		for _, f := range found {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", f.Profile, f.Item, f.Field, s.Printer().Text(f.Rule, "item", f.Item, "field", f.Field))
		}
		if len(found) == 0 {
			fmt.Fprintln(w, s.Printer().Text("profile.lint.nothing"))
		}
	})
	if err == nil && len(found) > 0 {
		return console.Unverified(nil)
	}
	return err
}
