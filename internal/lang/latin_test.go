package lang

import "testing"

func TestSerbianIsWrittenInBothScripts(t *testing.T) {
	for cyrillic, want := range map[string]string{
		"Љубав, џеп и њихање":              "Ljubav, džep i njihanje",
		"ЉУБАВ И ЏЕП":                      "LJUBAV I DŽEP",
		"Њ. Петровић":                      "Nj. Petrović",
		"Ђачка ћуприја, чешаљ, жбун, шума": "Đačka ćuprija, češalj, žbun, šuma",
		"Још {{.n}} дана за „{{.desk}}“":   "Još {{.n}} dana za „{{.desk}}“",
		"OpenTRM шаље PDF":                 "OpenTRM šalje PDF",
		"":                                 "",
	} {
		if got := latin(cyrillic); got != want {
			t.Errorf("%q: got %q, want %q", cyrillic, got, want)
		}
	}
}
