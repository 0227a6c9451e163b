package web_test

import "net/url"

// sheIsScreened: in Skopje somebody answers what came up, reads what it suggests and by which rule, changes an answer, and holds otherwise.
func sheIsScreened(h *hall) {
	s := h.skopje
	s.home()
	s.follow("/cases")
	s.follow("/cases/begin")
	s.answer("/cases/new", url.Values{"age": {"adult"}, "asylum": {"no"}})
	s.fill(url.Values{"given": {"Demona"}, "surname": {"Proverena"}, "sex": {"female"}, "languages": {"mk"}})
	s.send("/person")
	file := s.path()
	s.says(s.said("person.stated-age"))
	s.follow(file + "/screenings")
	s.says(s.said("screening.list.none"))
	s.follow(file + "/screenings/new")
	s.fill(url.Values{"sign-4.1": {"yes"}, "observed": {"g5"}})
	s.send("/screenings/new")
	s.says(s.said("screening.suggestion.none"), s.said("screening.indicator.4.1"), s.said("screening.observation.g5"), s.said("screening.only"))
	s.press("button to change the answers", where+`(document.querySelector('main button[value=change]'), 'button')`, true)
	s.fill(url.Values{"sign-4.2": {"yes"}})
	s.send("/screenings/new")
	s.says(s.said("screening.suggestion.look-closer"), s.said("screening.rule.any-dimension"), s.said("screening.indicator.4.1"), s.said("screening.indicator.4.2"))
	s.fill(url.Values{"held": {"indicated"}})
	s.press("button to keep it", where+`([...document.querySelectorAll('main form')].pop().querySelector('button'), 'button')`, true)
	s.says(s.said("screening.reason.missing"), s.said("screening.indicator.4.2"))
	s.fill(url.Values{"reason": {"DEMO: a colleague knows the house."}})
	s.press("button to keep it", where+`([...document.querySelectorAll('main form')].pop().querySelector('button'), 'button')`, true)
	s.says(s.said("screening.suggestion.look-closer"), s.said("screening.suggestion.indicated"), "DEMO: a colleague knows the house.")
}
