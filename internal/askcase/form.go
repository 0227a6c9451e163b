package askcase

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/form"
	"github.com/opentrm/opentrm/internal/lang"
)

// FormCommand is "opentrm form" with what stands below it.
type FormCommand struct {
	List    formList    `cmd:"" help:"List the forms in their newest version."`
	Show    formShow    `cmd:"" help:"Show one form: every question with its reason, readers and retention."`
	Print   formPrint   `cmd:"" help:"Write an interview sheet to print, in the language of --lang."`
	Fill    formFill    `cmd:"" help:"Keep a filled-in form in a case, or save and finish a draft of one."`
	Correct formCorrect `cmd:"" help:"Correct a finished form by a new record, which names it."`
	Records formRecords `cmd:"" help:"List the filled-in forms of a case, the newest first, without answers."`
	Open    formOpen    `cmd:"" help:"Open a filled-in form."`
	Lint    formLint    `cmd:"" help:"Look for what is wrong in the forms, and in a file of additions."`
}

type formList struct{}

// formLine is a form as a list shows it.
type formLine struct {
	Form      string `json:"form"`
	Version   int64  `json:"version"`
	Questions int    `json:"questions"`
	Title     string `json:"title"`
}

func (c *formList) Run(s *console.Screen) error {
	forms, err := form.Load()
	if err != nil {
		return err
	}
	var all []formLine
	for _, f := range forms.Newest() {
		line := formLine{f.ID, f.Version, 0, s.Printer().Text(f.Title)}
		for _, part := range f.Sections {
			line.Questions += len(part.Questions)
		}
		all = append(all, line)
	}
	return s.Print(all, func(w io.Writer) {
		fmt.Fprintln(w, "FORM\tVERSION\tQUESTIONS\tTITLE")
		for _, l := range all {
			fmt.Fprintf(w, "%s\t%d\t%d\t%s\n", l.Form, l.Version, l.Questions, l.Title)
		}
	})
}

// oneForm is which form a command is about.
type oneForm struct {
	Form      string `arg:"" help:"F1, F2 …"`
	Version   int64  `help:"Version; the newest otherwise." placeholder:"N"`
	Additions string `type:"existingfile" help:"With the questions of this file of additions."`
}

// sheet returns the form in the language that was asked for.
func (c *oneForm) sheet(s *console.Screen) (form.Sheet, error) {
	forms, err := form.Load()
	if err != nil {
		return form.Sheet{}, err
	}
	var with form.Edition
	if c.Additions != "" {
		a, err := Additions(c.Additions)
		if err != nil {
			return form.Sheet{}, err
		}
		if forms, err = forms.Add(s.Texts, a); err != nil {
			return form.Sheet{}, err
		}
		with = form.Edition{Member: a.Member, Version: a.Version}
	}
	version := c.Version
	for _, f := range forms.Newest() {
		if version == 0 && f.ID == c.Form {
			version = f.Version
		}
	}
	language, _, _ := strings.Cut(strings.ReplaceAll(s.Options.Language, "_", "-"), "-")
	return forms.Sheet(s.Texts, lang.Tag(language), c.Form, version, with)
}

// Additions reads the national additions of a file; none is named: no additions.
//
// It fails with [fault.Invalid] as [console.ReadFile] and as the form package does.
func Additions(path string) (form.Additions, error) {
	f, err := os.Open(path)
	if err != nil {
		return form.Additions{}, fault.Wrap(fault.Invalid, "cli.file", err).With("file", path)
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, form.MaxFile+1))
	if err != nil {
		return form.Additions{}, fault.Wrap(fault.Unavailable, "cli.file", err).With("file", path)
	}
	return form.ParseAdditions(raw)
}

type formShow struct{ oneForm }

func (c *formShow) Run(s *console.Screen) error {
	sheet, err := c.sheet(s)
	if err != nil {
		return err
	}
	return s.Print(sheet.Form, func(w io.Writer) {
		fmt.Fprintf(w, "%s %s, %s\n", sheet.Form.ID, sheet.Say(sheet.Form.Title), s.Printer().Text("form.sheet.version", "version", sheet.Form.Version))
		for _, part := range sheet.Form.Sections {
			fmt.Fprintf(w, "\n%s\n", sheet.Say(part.Title))
			for _, q := range part.Questions {
				fmt.Fprintf(w, "  %s\t%s\t%s\n", q.ID, q.Kind, sheet.Say(q.Words))
				for _, line := range sheet.Lines(q) {
					fmt.Fprintf(w, "\t\t  %s\n", line)
				}
			}
		}
	})
}

type formPrint struct {
	oneForm
	Out string `required:"" type:"path" help:"HTML file to write; must not be there yet."`
}

func (c *formPrint) Run(s *console.Screen) error {
	sheet, err := c.sheet(s)
	if err != nil {
		return err
	}
	f, err := console.Create(c.Out)
	if err != nil {
		return fault.Wrap(fault.Unavailable, "cli.file", err).With("file", c.Out)
	}
	err = sheet.HTML(f)
	if e := f.Close(); err == nil {
		err = e
	}
	if err != nil {
		return fault.Wrap(fault.Unavailable, "cli.file", err).With("file", c.Out)
	}
	return s.Done(c.Out)
}

type formLint struct {
	Additions string `arg:"" optional:"" type:"existingfile" help:"File of additions."`
}

func (c *formLint) Run(s *console.Screen) error {
	forms, err := form.Load()
	if err != nil {
		return err
	}
	found, err := forms.Lint(s.Texts)
	if err == nil && c.Additions != "" {
		var a form.Additions
		if a, err = Additions(c.Additions); err == nil {
			found, err = forms.LintAdditions(s.Texts, a)
		}
	}
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return s.Print([]form.Finding{}, func(w io.Writer) { fmt.Fprintln(w, s.Printer().Text("form.lint.ok")) })
	}
	err = s.Print(found, func(w io.Writer) {
		for _, f := range found {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", f.Form, f.Question, s.Printer().Text("form.lint."+f.Rule), f.Detail)
		}
	})
	if err != nil {
		return err
	}
	return fault.New(fault.Invalid, "form.lint.found")
}
