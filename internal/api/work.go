package api

// workRoutes are about the work itself: persons, cases, consents, referrals, messages.
func workRoutes() []Route { return nil }

// work registers them.
func (a *API) work(*router) {}
