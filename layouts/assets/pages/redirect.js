// Leads on from an old address with the query and fragment that it was asked
// with. A page that only refreshes itself would lose both.
location.replace(document.currentScript.dataset.to + location.search + location.hash);
