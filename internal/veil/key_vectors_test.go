package veil_test

import (
	"encoding/hex"
	"flag"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/opentrm/opentrm/internal/spectest"
	"github.com/opentrm/opentrm/internal/veil"
)

var update = flag.Bool("update", false, "write the vectors anew")

const keyVectors = "../../spec/testdata/match-key"

// keysOfVector makes all keys that a vector asks for, each under the name of its template.
func keysOfVector(t *testing.T, v spectest.Vector) spectest.Vector {
	t.Helper()
	out := spectest.Vector{}
	number := func(name string) int {
		n, err := strconv.Atoi("0" + v[name])
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if template, ok := v["template"]; ok {
		of := map[veil.Template]func(a, b string) (veil.Key, bool){
			veil.PhoneNumber: veil.OfPhone, veil.PlateNumber: veil.OfPlate, veil.CompanyNumber: veil.OfCompany, veil.DocumentNumber: veil.OfDocument,
			veil.OnlineHandle: func(a, b string) (veil.Key, bool) { return veil.OfHandle(b, a) },
		}[veil.Template(template)]
		if k, ok := of(v["number"], v["country"]+v["platform"]); ok {
			out[string(k.Template())] = hex.EncodeToString(k.Bytes())
		}
		return out
	}
	for _, k := range veil.OfPerson(veil.Person{
		Given: v["given"], Family: v["family"], Place: v["place"], Nationality: v["nationality"],
		Birth: veil.Birth{Year: number("year"), Month: number("month"), Day: number("day")},
	}) {
		out[string(k.Template())] = hex.EncodeToString(k.Bytes())
	}
	return out
}

func TestKeyVectors(t *testing.T) {
	if *update {
		writeKeyVectors(t)
	}
	files, err := filepath.Glob(keyVectors + "/*")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d vectors, %v", len(files), err)
	}
	seen := map[veil.Template]bool{}
	for _, f := range files {
		v := spectest.Read(t, f)
		got := keysOfVector(t, v)
		for _, template := range append(veil.PersonTemplates(), veil.ThingTemplates()...) {
			if got[string(template)] != v[string(template)] {
				t.Errorf("%s: %s is %s, want %s", filepath.Base(f), template, got[string(template)], v[string(template)])
			}
			seen[template] = seen[template] || v[string(template)] != ""
		}
	}
	if len(seen) != len(veil.PersonTemplates())+len(veil.ThingTemplates()) {
		t.Errorf("only %v have a vector", seen)
	}
}

func writeKeyVectors(t *testing.T) {
	put := func(name, what string, v spectest.Vector) {
		all := keysOfVector(t, v)
		for k, value := range v {
			all[k] = value
		}
		spectest.Save(t, keyVectors, name, what, nil, all)
	}
	for name, p := range map[string]struct {
		what string
		v    spectest.Vector
	}{
		"person":           {"everything is known", spectest.Vector{"given": "Јана", "family": "Ђорђевић", "year": "2001", "month": "3", "day": "11", "place": "Ниш", "nationality": "RS"}},
		"person-latin":     {"the same in Latin letters, names and day in the other order", spectest.Vector{"given": "Đorđević", "family": "Jana", "year": "2001", "month": "11", "day": "3", "place": "Niš", "nationality": "rs"}},
		"person-greek":     {"two given names", spectest.Vector{"given": "Μαρία Ελένη", "family": "Μπακογιάννη", "year": "1999", "month": "12", "day": "31", "place": "Νέα Ιωνία", "nationality": "GR"}},
		"person-turkish":   {"letters that are Turkish alone", spectest.Vector{"given": "Güldane", "family": "Işıkoğlu", "year": "1990", "nationality": "TR"}},
		"person-albanian":  {"an estimated year", spectest.Vector{"given": "Xhevahire", "family": "Gjergji", "year": "2008", "place": "Shkodër", "nationality": "AL"}},
		"person-year":      {"a year that nobody living was born in", spectest.Vector{"given": "Ana", "family": "Pop", "year": "1849", "month": "1", "day": "1"}},
		"person-day":       {"a day that no month has", spectest.Vector{"given": "Ana", "family": "Pop", "year": "1990", "month": "1", "day": "32"}},
		"person-given":     {"no family name", spectest.Vector{"given": "Ілона", "year": "2004", "month": "2", "day": "29", "place": "Мукачево", "nationality": "UA"}},
		"person-family":    {"no given name", spectest.Vector{"family": "Țurcanu", "year": "2004", "month": "2", "day": "29", "place": "Bălți", "nationality": "MD"}},
		"person-name":      {"names and nothing else", spectest.Vector{"given": "Ana", "family": "Pop"}},
		"person-unknown":   {"nothing that sounds", spectest.Vector{"given": "—", "family": "?", "year": "2000", "month": "1", "day": "1", "place": "Varna", "nationality": "BG"}},
		"phone-abroad":     {"as dialled from abroad", spectest.Vector{"template": "phone", "number": "00389 (0)70 123-456", "country": "RS"}},
		"phone-home":       {"as dialled at home", spectest.Vector{"template": "phone", "number": "06 30 123 4567", "country": "HU"}},
		"phone-elsewhere":  {"a calling code that is not in the table", spectest.Vector{"template": "phone", "number": "+971 50 123 4567"}},
		"phone-short":      {"too short for its country", spectest.Vector{"template": "phone", "number": "070 123", "country": "MK"}},
		"phone-nowhere":    {"no country", spectest.Vector{"template": "phone", "number": "070 123 456"}},
		"phone-letters":    {"an extension", spectest.Vector{"template": "phone", "number": "+389 70 123 456 x7"}},
		"plate-cyrillic":   {"Cyrillic letters that look like Latin ones", spectest.Vector{"template": "plate", "number": "СА 1234-АВ", "country": "BG"}},
		"plate-greek":      {"Greek letters that look like Latin ones", spectest.Vector{"template": "plate", "number": "ΙΧΕ 1234", "country": "GR"}},
		"plate-marks":      {"letters with marks", spectest.Vector{"template": "plate", "number": "nš 012-čđ", "country": "RS"}},
		"plate-nowhere":    {"no country", spectest.Vector{"template": "plate", "number": "CA1234AB"}},
		"company":          {"a zero in front", spectest.Vector{"template": "company", "number": "07512345", "country": "RS"}},
		"company-tax":      {"the country in front, as Greek tax numbers have it", spectest.Vector{"template": "company", "number": "EL 012345678", "country": "GR"}},
		"document":         {"Greek capitals", spectest.Vector{"template": "document", "number": "ΑΝ 123456", "country": "GR"}},
		"document-short":   {"too short", spectest.Vector{"template": "document", "number": "123", "country": "GR"}},
		"handle":           {"a name", spectest.Vector{"template": "handle", "number": "@Lela_99", "platform": "TG"}},
		"handle-address":   {"an address", spectest.Vector{"template": "handle", "number": "https://www.instagram.com/Lela.99/reel?x=1"}},
		"handle-elsewhere": {"an address at another platform", spectest.Vector{"template": "handle", "number": "https://t.me/lela_99", "platform": "vk"}},
		"handle-unlisted":  {"a platform that is not in the table", spectest.Vector{"template": "handle", "number": "Lela", "platform": "Odnoklassniki"}},
	} {
		put(name, p.what, p.v)
	}
}
