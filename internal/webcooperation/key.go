package webcooperation

import (
	"encoding/pem"

	"github.com/a-h/templ"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/page"
)

// keyModel is the key with which a desk signs its documents.
type keyModel struct {
	rows    []page.Row
	has     bool
	may     bool
	name    templ.Component
	vouched templ.Component
}

func (v *visit) key() error { return v.showKey(page.Form{}) }

func (v *visit) showKey(f page.Form) error {
	m := keyModel{may: page.May(v.By.Actor, access.CertifyCooperation)}
	k, err := v.Cooperations.Office(v.R.Context(), v.By.Actor)
	switch {
	case err == nil:
		made := page.Key("cooperation.key.authority")
		if k.Made {
			made = page.Key("cooperation.key.self")
		}
		m.has = true
		m.rows = []page.Row{
			{Key: page.Key("cooperation.from"), Value: page.Plain(k.Name)},
			{Key: page.Key("cooperation.key.vouched"), Value: made},
			{Key: page.Key("cooperation.digest"), Value: page.Plain(k.Fingerprint())},
			{Key: page.Key("cooperation.key.at"), Value: v.When(k.At)},
		}
	case !fault.Is(err, fault.NotFound):
		return err
	}
	m.name = page.TextInput(v.P, page.Input{Field: hinted(field(f, "name-office"), "cooperation.office.hint"), Value: v.Field("name-office")})
	m.vouched = page.TextArea(v.P, page.Textarea{Field: page.Field{ID: "certificate", Label: page.Key("cooperation.certificate-of"), Hint: page.Key("cooperation.certificate.hint"), Error: page.ErrorAt(f.Errors, "certificate")}, Value: v.Field("certificate")})
	return v.Show(page.Page{Status: f.Status, Title: page.Key("cooperation.key"), Back: "/cooperation", Errors: f.Errors, Body: keyScreen(v.P, m)})
}

func (v *visit) certify() error {
	if _, err := v.Cooperations.Certify(v.R.Context(), v.By, v.Field("name-office")); err != nil {
		return v.Again(err, map[string]string{"": "name-office", "name": "name-office"}, v.showKey)
	}
	return v.To("/cooperation/key", "cooperation-key")
}

func (v *visit) certificate() error {
	if _, err := v.Cooperations.TakeCertificate(v.R.Context(), v.By, v.R.PostFormValue("certificate")); err != nil {
		return v.Again(err, page.FieldsOf("certificate"), v.showKey)
	}
	return v.To("/cooperation/key", "cooperation-key")
}

// keyRequest sends what an authority needs in order to vouch for the key.
func (v *visit) keyRequest() error {
	b, err := v.Cooperations.OfficeRequest(v.R.Context(), v.By)
	if err != nil {
		return err
	}
	v.Header().Set("Content-Disposition", `attachment; filename="request.pem"`)
	return v.Send("application/x-pem-file", b)
}

// keyCertificate sends the certificate, which whoever checks a container needs.
func (v *visit) keyCertificate() error {
	k, err := v.Cooperations.Office(v.R.Context(), v.By.Actor)
	if err != nil {
		return err
	}
	v.Header().Set("Content-Disposition", `attachment; filename="certificate.pem"`)
	return v.Send("application/x-pem-file", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: k.Certificate}))
}
