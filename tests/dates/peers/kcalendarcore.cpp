// Records the instants of KCalendarCore, KDE's C++ library of calendars: an expander of its own, zones by Qt.
//   apt-get install g++ libkf5calendarcore-dev=5:5.103.0-1 libabsl-dev && g++ -fPIC -o kcalendarcore \
//     kcalendarcore.cpp -I/usr/include/KF5/KCalendarCore $(pkg-config --cflags --libs Qt5Core Qt5Gui absl_time) \
//     -lKF5CalendarCore && ./kcalendarcore < made.tsv
// In its own arithmetic it leaves out what falls into a gap, and Qt takes the second time of an overlap. So the
// first digest is of the rule expanded on a wall clock, read by Abseil with the offset before a change, as
// RFC 5545 3.3.5 wants it; the second is of the rule expanded in its zone. Debian 12 made the file that is kept,
// with Qt 5.15.8, Abseil 20220623.1 and the zones of 2025b.
#include <KCalendarCore/ICalFormat>
#include <KCalendarCore/RecurrenceRule>
#include <absl/time/time.h>
#include <QCryptographicHash>
#include <QTextStream>
#include <QTimeZone>

const QString FORM = QStringLiteral("yyyyMMdd'T'HHmmss");

static QDateTime at(const QString &text, const QTimeZone &zone)
{
    const QDateTime naive = QDateTime::fromString(text.left(15), FORM);
    return QDateTime(naive.date(), naive.time(), zone);
}

static QDateTime read(const QDateTime &wall, const absl::TimeZone &zone)
{
    const QDate day = wall.date();
    const QTime clock = wall.time();
    const absl::CivilSecond civil(day.year(), day.month(), day.day(), clock.hour(), clock.minute(), clock.second());
    return QDateTime::fromSecsSinceEpoch(absl::ToUnixSeconds(zone.At(civil).pre), Qt::UTC);
}

static QString digest(const QStringList &fields, bool wall)
{
    const QTimeZone zone(fields[1].toLatin1()), expanded = wall ? QTimeZone::utc() : zone;
    absl::TimeZone sameZone;
    KCalendarCore::RecurrenceRule rule;
    if (!absl::LoadTimeZone(fields[1].toStdString(), &sameZone) || !KCalendarCore::ICalFormat().fromString(&rule, fields[0]))
        return QStringLiteral("error");
    rule.setStartDt(at(fields[2], expanded));
    const QString until = fields[0].section(QStringLiteral("UNTIL="), 1).section(QLatin1Char(';'), 0, 0);
    QDateTime last = at(fields[3] + QStringLiteral("T120000"), zone);
    if (until.size() == 8) { // a day: the parser reads an UNTIL without a zone
        rule.setEndDt(at(until + QStringLiteral("T235959"), expanded));
    } else if (!until.isEmpty()) {
        rule.setDuration(-1);
        last = qMin(last, at(until, QTimeZone::utc()));
    }
    QStringList found;
    const QDateTime end = at(fields[3] + QStringLiteral("T120000"), expanded);
    for (const QDateTime &moment : rule.timesInInterval(at(fields[2], expanded), end)) {
        const QDateTime instant = wall ? read(moment, sameZone) : moment.toUTC();
        if (instant <= last)
            found << instant.toString(FORM) + QLatin1Char('Z');
    }
    found.sort();
    found.removeDuplicates();
    const QByteArray text = found.join(QLatin1Char(' ')).toLatin1();
    return QString::fromLatin1(QCryptographicHash::hash(text, QCryptographicHash::Sha256).toHex().left(8));
}

int main()
{
    QTextStream in(stdin), out(stdout);
    while (!in.atEnd()) {
        const QStringList fields = in.readLine().split(QLatin1Char('\t'));
        out << digest(fields, true) << '\t' << digest(fields, false) << '\n';
    }
}
