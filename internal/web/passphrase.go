package web

import (
	"github.com/a-h/templ"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/signin"
)

const passphrasePath = unlockPath + "/passphrase"

func (v *visit) passphraseForm() error { return v.showPassphrase(page.Form{}) }

// showPassphrase shows the page on which a passphrase is changed. None of what was typed is shown again.
func (v *visit) showPassphrase(f page.Form) error {
	second, err := v.Signin.HasSecond(v.R.Context(), v.By.Actor)
	if err != nil {
		return err
	}
	ask := func(id, label, hint, fill string) templ.Component {
		field := page.Field{ID: id, Label: page.Key(label), Error: page.ErrorAt(f.Errors, id)}
		if hint != "" {
			field.Hint = page.Key(hint)
		}
		return page.TextInput(v.P, page.Input{Field: field, Type: "password", Autocomplete: fill})
	}
	f.Title, f.Action, f.Back = page.Key("signin.passphrase.change"), passphrasePath, unlockPath
	f.Intro = []page.Msg{page.Key("signin.passphrase.change.text")}
	f.Fields = []templ.Component{ask("passphrase", "signin.passphrase.now", "", "current-password")}
	if second {
		f.Fields = append(f.Fields, codeField(v.P, f.Errors))
	}
	f.Fields = append(f.Fields, ask("new", "signin.new-passphrase", "signin.new-passphrase.hint", "new-password"), ask("again", "signin.again", "", "new-password"))
	f.Submit = page.Key("signin.passphrase.change")
	return v.ShowForm(f)
}

func (v *visit) changePassphrase() error {
	chosen := v.R.PostFormValue("new")
	if chosen != v.R.PostFormValue("again") {
		return v.showPassphrase(page.Form{Status: page.StatusOf(fault.Invalid), Errors: []page.Error{{Field: "again", Text: page.Key("signin.again.differs")}}})
	}
	err := v.Stretched(func() error {
		return v.Signin.ChangePassphrase(v.R.Context(), v.By.Actor, signin.Changing{
			Old: v.R.PostFormValue("passphrase"), New: chosen, Code: v.Field("code"), Address: v.Network(),
		})
	})
	if err == nil {
		return v.To(unlockPath, "passphrase")
	}
	kind, key, _ := fault.Public(err)
	switch {
	case kind == fault.Invalid:
		return v.showPassphrase(page.Form{Status: page.StatusOf(kind), Errors: []page.Error{{Field: "new", Text: page.Plain(v.P.Fault(err))}}})
	case key == "signin.code", key == "signin.code.wrong":
		return v.showPassphrase(page.Form{Status: page.StatusOf(kind), Errors: []page.Error{{Field: "code", Text: page.Plain(v.P.Fault(err))}}})
	}
	kind, errors, err := v.refusedSignIn(err, "passphrase")
	if err != nil {
		return err
	}
	return v.showPassphrase(page.Form{Status: page.StatusOf(kind), Errors: errors})
}
