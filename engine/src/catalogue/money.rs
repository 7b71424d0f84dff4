//! The codes of reconciliation: files of payment providers against the payments.

/// Adds them behind the codes that it is given.
macro_rules! with_money {
    ($($before:tt)*) => {
        with_cluster! {
            $($before)*

    UNREADABLE_LINE = "HF-INP-080", None, "a line of a provider's file cannot be read",
        "The line is cut off, is not UTF-8, or has an amount, a currency, a time, a kind or a sign that the profile does not allow. Nothing was reconciled: without the line the sums would look whole.",
        "The message names the file and the line. Fetch the file again from the provider; if it is as the provider makes it, correct the profile.";
    WRONG_COLUMNS = "HF-INP-081", None, "a provider's file does not have the columns of the profile",
        "A column or field that the profile names is missing or stands twice, or the file is empty: it is of another report, or of another provider. Nothing was reconciled.",
        "Give --profile the profile of this report, or write one of your own: docs/reconciliation.md has the columns.";
    LINE_CONTRADICTS = "HF-INP-082", None, "two lines of one name say different things",
        "A provider gives each movement of money a name of its own. The files have the same name twice, with another amount, key, kind or time. Nothing was reconciled.",
        "Ask the provider which line is right, or let columns.id of the profile have more columns if they are two movements.";
    KEY_AMBIGUOUS = "HF-INP-083", None, "two payments have one key",
        "The key by which a provider's lines are found is made of the event, the payment or the reference, and it is the same for two payments. Nothing was reconciled.",
        "Give --key a template that tells all payments apart, as the merchant's reference is made.";
    BAD_PROFILE = "HF-INP-084", None, "the profile cannot be used",
        "The profile is not TOML, lacks something, or has a name or a value that is not known.",
        "Correct what the message names; docs/reconciliation.md has what a profile says.";
    SUMS_OPEN = "HF-DQ-100", None, "the sums of a reconciliation do not close",
        "What was read and what was judged is not the same, by currency. It is a defect in holdfast: nothing of the run can be trusted.",
        "Keep the files and the directory as they are and report the message.";
    PAID_NO_SEAT = "HF-DQ-101", None, "money without a seat",
        "The provider has collected money for a payment that has failed here or is past its deadline. The report of the payment did not arrive, or not in time.",
        "Send PAYMENT SUCCEED, as the plan has it: it sells the same seats if they are free, and else the money is owed. docs/runbooks/reconcile.md has the steps.";
    PAID_UNKNOWN = "HF-DQ-102", None, "money for a payment that is not known here",
        "The provider has a line whose merchant's reference belongs to no payment here, or that has none: another shop of the same account, a payment that was forgotten, or a wrong key template.",
        "Look the line up at the provider. Pay it back by hand if nobody here sold anything for it.";
    PAID_TWICE = "HF-DQ-103", None, "a payment was captured twice",
        "The provider has collected the money of one payment more than once.",
        "Pay back all but the first, with the key in refunds.csv.";
    SEAT_UNPAID = "HF-DQ-104", None, "paid here, and nothing at the provider",
        "The payment has succeeded here, and the provider has no capture of it after reconcile.grace. Somebody reported it by mistake or by fraud, or a file is missing.",
        "Look whether all files of the period are there. Then ask the provider; take the seats back with FORCE CANCEL if there is no money.";
    AMOUNT_DIFFERS = "HF-DQ-105", None, "the amount at the provider is another one",
        "Both sides have the money, and not the same amount.",
        "Compare what the shop asked for with the provider's line, and settle the difference by hand.";
    CURRENCY_DIFFERS = "HF-DQ-106", None, "the currency at the provider is another one",
        "Both sides have the money, in different currencies.",
        "See in which currency the shop asked for it, and settle the difference by hand.";
    REFUND_MISSING = "HF-DQ-107", None, "money is owed and was not paid back",
        "The payment is owed, or its refund was told here, and the provider has no refund of it, or the refund came back.",
        "Pay it back with the key in refunds.csv, then tell it with PAYMENT REFUNDED. A refund that was told here and is not there needs a look by a person first.";
    REFUND_UNRECORDED = "HF-DQ-108", None, "paid back, and still owed here",
        "The provider has paid back what is still in the list of refunds here.",
        "Send PAYMENT REFUNDED, as the plan has it. Do not pay it back again.";
    REFUND_UNEXPECTED = "HF-DQ-109", None, "paid back, and nobody owed it",
        "The provider has paid money back of a payment of which nothing is owed: mostly by hand in the provider's console, with the seats still sold.",
        "Ask who did it. Cancel the seats with FORCE CANCEL if the buyer gave them up.";
    CHARGEBACK = "HF-DQ-110", None, "the buyer's bank has taken the money back",
        "The buyer has disputed the payment, and the provider has returned the money.",
        "Answer the dispute, or cancel the seats with FORCE CANCEL. Pay nothing back as well.";
    CANCELLED_UNREFUNDED = "HF-DQ-111", None, "seats were given back, and the money was not",
        "A part of a paid order, or all of it, was cancelled, and what is refundable was not paid back.",
        "Pay it back with the key in refunds.csv, then tell it with PAYMENT REFUNDED.";
    LINE_REPEATED = "HF-DQ-112", None, "a line stands twice in the files",
        "The same line of the provider was read before: two files overlap, or a file was given twice. It counts once.",
        "Nothing, if the files overlap. Else give each file once.";
        }
    };
}
