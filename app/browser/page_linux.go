package browser

// pages says whether addresses reach browsers by a page. Other programs see the
// arguments of each other here, and the browsers of Linux have been seen to take it.
const pages = true
