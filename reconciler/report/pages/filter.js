for (const field of document.querySelectorAll("input[data-filter]")) {
  const sheet = field.closest(".sheet"), rows = sheet.querySelectorAll("[data-people]");
  const said = sheet.querySelector("output"), parts = sheet.querySelectorAll("[data-part]");
  field.addEventListener("input", () => {
    const wanted = field.value.trim().toLowerCase();
    let shown = 0;
    for (const row of rows) {
      row.hidden = !row.dataset.people.toLowerCase().includes(wanted);
      shown += !row.hidden;
    }
    for (const part of parts) part.hidden = wanted !== "" && !part.querySelector("[data-people]:not([hidden])");
    said.textContent = wanted === "" ? "" : shown ? `${shown} places name them` : "Nobody of that name";
  });
}
