package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/opentrm/opentrm/internal/askcase"
	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/form"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/register"
)

type registerCommand struct {
	Show  registerShow  `cmd:"" help:"Show the record of processing activities, in the language of --lang."`
	Print registerPrint `cmd:"" help:"Write the record, or the template of an impact assessment, to print."`
}

// registers says of what a register is made.
type registers struct {
	profiles
	Member    id.Member `arg:"" help:"Code of the member: MK."`
	Additions []string  `type:"existingfile" help:"Files of questions that the member adds."`
}

func (c *registers) assess(s *console.Screen) (register.Assessment, error) {
	law, _, err := c.read(s)
	if err != nil {
		return register.Assessment{}, err
	}
	forms, err := form.Load()
	if err != nil {
		return register.Assessment{}, err
	}
	for _, path := range c.Additions {
		a, err := askcase.Additions(path)
		if err != nil {
			return register.Assessment{}, err
		}
		if forms, err = forms.Add(s.Texts, a); err != nil {
			return register.Assessment{}, err
		}
	}
	return register.Assess(forms, law, c.Member, s.Printer())
}

type registerShow struct{ registers }

func (c *registerShow) Run(s *console.Screen) error {
	a, err := c.assess(s)
	if err != nil {
		return err
	}
	return s.Print(a.Register, func(w io.Writer) {
		fmt.Fprintln(w, "ACTIVITY\tTITLE\tDATA\tSHARED\tABROAD\tKEPT AS")
		for _, x := range a.Register.Activities {
			var kept []string
			for _, k := range x.Keeps {
				kept = append(kept, k.Class)
			}
			fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%s\t%s\n", x.Code, x.Title, len(x.Data), len(x.Shared), yes(s, x.Abroad), strings.Join(kept, " "))
		}
		if note := a.Register.Note; note != "" {
			fmt.Fprintf(w, "\n%s\n", note)
		}
	})
}

type registerPrint struct {
	registers
	What string `enum:"register,dpia" default:"register" help:"register, or dpia for the template of the impact assessment with the register behind it."`
	Out  string `required:"" type:"path" help:"HTML file to write; must not be there yet."`
}

func (c *registerPrint) Run(s *console.Screen) error {
	a, err := c.assess(s)
	if err != nil {
		return err
	}
	f, err := console.Create(c.Out)
	if err != nil {
		return fault.Wrap(fault.Unavailable, "cli.file", err).With("file", c.Out)
	}
	if c.What == "dpia" {
		err = a.HTML(f)
	} else {
		err = a.Register.HTML(f)
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err != nil {
		return fault.Wrap(fault.Unavailable, "cli.file", err).With("file", c.Out)
	}
	return s.Done(c.Out)
}
